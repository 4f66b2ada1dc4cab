using System.Numerics;
using System.Text.RegularExpressions;

namespace CrossPT.Tensors.Ilgpu.Tests.Ptx;

/// <content>What each instruction does. Registers hold the bits of their values, those of 32 bits and fewer without sign.</content>
internal sealed partial class PtxProgram
{
    private PtxInstruction Decode(string line)
    {
        Match match = Instruction().Match(line);
        string[] name = match.Groups["name"].Value.Split('.');
        string[] operands = Split(match.Groups["operands"].Value);
        PtxInstruction instruction = new(line);
        if (match.Groups["predicate"].Success)
        {
            instruction.Predicate = Register(match.Groups["predicate"].Value);
            instruction.PredicateIs = !match.Groups["not"].Success;
        }
        switch (name[0])
        {
            case "ret":
                instruction.Step = PtxStep.Exit;
                break;
            case "bar":
                instruction.Step = PtxStep.Barrier;
                if (name[1] == "red") instruction.RunGroup = Vote(name[2], Operand(operands[0]), Operand(operands[^1]));
                break;
            case "mma" or "ldmatrix" or "shfl":
                instruction.Step = PtxStep.Warp;
                instruction.RunWarp = name[0] == "mma" ? Mma(operands) : name[0] == "shfl" ? Shuffle(name, operands) : LoadMatrices(name, operands);
                break;
            case "bra":
                // Labels are resolved when the branch runs: those below are not known yet.
                string label = operands[0];
                instruction.Run = lane => lane.Pc = _labels[label];
                break;
            case "ld" or "st":
                instruction.Run = name[1] == "param" ? LoadParameter(name, operands) : name[0] == "ld" ? Load(name, operands) : Store(name, operands);
                break;
            case "cp":
                instruction.Run = Copy(name, operands);
                break;
            default:
                instruction.Run = Compute(name, operands);
                break;
        }
        if (instruction.Step != PtxStep.Alone && instruction.Predicate >= 0) throw new NotSupportedException($"PTX: {line}, under a predicate.");
        return instruction;
    }

    private Action<PtxLane> Compute(string[] name, string[] operands)
    {
        int d = Operand(operands[0]), a = operands.Length > 1 ? Operand(operands[1]) : 0;
        int b = operands.Length > 2 ? Operand(operands[2]) : 0, c = operands.Length > 3 ? Operand(operands[3]) : 0;
        string type = name[^1];
        switch (name[0])
        {
            case "cvta" when name[1] == "shared":
                return lane => lane.R[d] = lane.R[a] | GenericShared;
            case "cvta" when name[1] == "to" && name[2] == "shared":
                return lane => lane.R[d] = lane.R[a] & ~GenericShared;
            case "cvt" when type == "f32" && name[1] == "rn" && name[2] == "bf16x2":
                return lane => lane.R[d] = ((ulong)BFloat16.Round(Single(lane.R[a])) << 16) | BFloat16.Round(Single(lane.R[b]));
            case "mov" or "cvta":
                return lane => lane.R[d] = lane.R[a];
            case "cvt":
                return Convert(name[1], name[^2], type, d, a);
            case "setp":
                Func<ulong, ulong, bool> compare = Comparison(name[1], type);
                return lane => lane.R[d] = compare(lane.R[a], lane.R[b]) ? 1ul : 0;
            case "testp":
                Func<float, bool> test = name[1] switch
                {
                    "notanumber" => float.IsNaN,
                    "infinite" => float.IsInfinity,
                    "finite" => float.IsFinite,
                    _ => throw new NotSupportedException($"PTX: testp.{name[1]}."),
                };
                return lane => lane.R[d] = test(Single(lane.R[a])) ? 1ul : 0;
            case "selp":
                return lane => lane.R[d] = lane.R[c] != 0 ? lane.R[a] : lane.R[b];
            case "fma":
                return lane => lane.R[d] = Bits(MathF.FusedMultiplyAdd(Single(lane.R[a]), Single(lane.R[b]), Single(lane.R[c])));
            case "mul" when name[1] == "wide":
                return type == "u32" ? lane => lane.R[d] = (uint)lane.R[a] * (ulong)(uint)lane.R[b]
                    : lane => lane.R[d] = (ulong)((int)lane.R[a] * (long)(int)lane.R[b]);
            case "mul" when name[1] == "hi" && type == "u64":
                return lane => lane.R[d] = Math.BigMul(lane.R[a], lane.R[b], out _);
            case "mul" when name[1] == "hi" && type == "u32":
                return lane => lane.R[d] = ((uint)lane.R[a] * (ulong)(uint)lane.R[b]) >> 32;
            case "mad":
                return Narrow(type, (x, y, z) => (x * y) + z, d, a, b, c);
            default:
                if (type is "f32" or "f64") return Floating(name[0], type, d, a, b);
                if (type == "pred" && name[0] == "not") return lane => lane.R[d] = lane.R[a] == 0 ? 1ul : 0;
                if (type == "pred") return Narrow("b32", Integer(name[0], "u32"), d, a, b);
                return Narrow(type, Integer(name[0], type), d, a, b);
        }
    }

    private static Action<PtxLane> Narrow(string type, Func<ulong, ulong, ulong, ulong> f, int d, int a, int b, int c)
    {
        ulong mask = Width(type) == 8 ? ulong.MaxValue : (1ul << (8 * Width(type))) - 1;
        return lane => lane.R[d] = f(lane.R[a], lane.R[b], lane.R[c]) & mask;
    }

    private static Action<PtxLane> Narrow(string type, Func<ulong, ulong, ulong> f, int d, int a, int b)
    {
        ulong mask = Width(type) == 8 ? ulong.MaxValue : (1ul << (8 * Width(type))) - 1;
        return lane => lane.R[d] = f(lane.R[a], lane.R[b]) & mask;
    }

    private static Func<ulong, ulong, ulong> Integer(string name, string type)
    {
        int bits = 8 * Width(type);
        bool signed = type[0] == 's';
        long S(ulong x) => Signed(x, bits);
        return name switch
        {
            "add" => (x, y) => x + y,
            "sub" => (x, y) => x - y,
            "mul" => (x, y) => x * y,
            "and" => (x, y) => x & y,
            "or" => (x, y) => x | y,
            "xor" => (x, y) => x ^ y,
            "not" => (x, _) => ~x,
            "neg" => (x, _) => 0 - x,
            "abs" => (x, _) => (ulong)Math.Abs(S(x)),
            // A shift past the width gives 0, or all signs.
            "shl" => (x, y) => (uint)y >= bits ? 0 : x << (int)(uint)y,
            "shr" when signed => (x, y) => (ulong)(S(x) >> (int)Math.Min((uint)y, 63)),
            "shr" => (x, y) => (uint)y >= bits ? 0 : x >> (int)(uint)y,
            "div" when signed => (x, y) => (ulong)(S(x) / S(y)),
            "div" => (x, y) => x / y,
            "rem" when signed => (x, y) => (ulong)(S(x) % S(y)),
            "rem" => (x, y) => x % y,
            "min" when signed => (x, y) => S(x) < S(y) ? x : y,
            "min" => Math.Min,
            "max" when signed => (x, y) => S(x) > S(y) ? x : y,
            "max" => Math.Max,
            "popc" => (x, _) => (ulong)BitOperations.PopCount(x),
            "clz" => (x, _) => (ulong)(BitOperations.LeadingZeroCount(x) - (64 - bits)),
            _ => throw new NotSupportedException($"PTX instruction {name}.{type}."),
        };
    }

    private static Action<PtxLane> Floating(string name, string type, int d, int a, int b)
    {
        Func<double, double, double> f = name switch
        {
            "add" => (x, y) => x + y,
            "sub" => (x, y) => x - y,
            "mul" => (x, y) => x * y,
            "div" => (x, y) => x / y,
            // A NaN beside a number is dropped.
            "min" => (x, y) => double.IsNaN(x) ? y : double.IsNaN(y) ? x : Math.Min(x, y),
            "max" => (x, y) => double.IsNaN(x) ? y : double.IsNaN(y) ? x : Math.Max(x, y),
            "neg" => (x, _) => -x,
            "abs" => (x, _) => Math.Abs(x),
            "rcp" => (x, _) => 1 / x,
            "sqrt" => (x, _) => Math.Sqrt(x),
            "rsqrt" => (x, _) => 1 / Math.Sqrt(x),
            _ => throw new NotSupportedException($"PTX instruction {name}.{type}."),
        };
        // One operation of two float32 numbers in float64, rounded, is that operation in float32.
        return type == "f32"
            ? lane => lane.R[d] = Bits((float)f(Single(lane.R[a]), Single(lane.R[b])))
            : lane => lane.R[d] = (ulong)BitConverter.DoubleToInt64Bits(f(BitConverter.Int64BitsToDouble((long)lane.R[a]), BitConverter.Int64BitsToDouble((long)lane.R[b])));
    }

    private static Action<PtxLane> Convert(string rounding, string to, string from, int d, int a)
    {
        int bits = 8 * Width(from);
        ulong mask = Width(to) == 8 ? ulong.MaxValue : (1ul << (8 * Width(to))) - 1;
        return (to[0], from[0]) switch
        {
            ('f', 'f') when to == "f32" && from == "f32" => Integral(rounding, d, a),
            ('f', 'f') when to == "f64" => lane => lane.R[d] = (ulong)BitConverter.DoubleToInt64Bits(Single(lane.R[a])),
            ('f', 'f') => lane => lane.R[d] = Bits((float)BitConverter.Int64BitsToDouble((long)lane.R[a])),
            ('f', 's') when to == "f32" => lane => lane.R[d] = Bits((float)Signed(lane.R[a], bits)),
            ('f', 'u') when to == "f32" => lane => lane.R[d] = Bits((float)lane.R[a]),
            (_, 'f') when from == "f32" && to == "s32" => lane => lane.R[d] = (uint)(int)Math.Clamp(MathF.Truncate(Single(lane.R[a])), -2147483648.0, 2147483647.0),
            (_, 's') => lane => lane.R[d] = (ulong)Signed(lane.R[a], bits) & mask,
            _ => lane => lane.R[d] = lane.R[a] & (bits == 64 ? ulong.MaxValue : (1ul << bits) - 1) & mask,
        };
    }

    private static Action<PtxLane> Integral(string rounding, int d, int a)
    {
        Func<float, float> round = rounding switch
        {
            "rmi" => MathF.Floor,
            "rpi" => MathF.Ceiling,
            "rzi" => MathF.Truncate,
            "rni" => MathF.Round,
            _ => throw new NotSupportedException($"PTX: cvt.{rounding}.f32.f32."),
        };
        return lane => lane.R[d] = Bits(round(Single(lane.R[a])));
    }

    private static Func<ulong, ulong, bool> Comparison(string name, string type)
    {
        int bits = 8 * Width(type);
        if (type == "f32")
        {
            return name switch
            {
                "eq" => (x, y) => Single(x) == Single(y),
                "ne" => (x, y) => Single(x) != Single(y) && !float.IsNaN(Single(x)) && !float.IsNaN(Single(y)),
                "neu" => (x, y) => Single(x) != Single(y),
                "lt" => (x, y) => Single(x) < Single(y),
                "le" => (x, y) => Single(x) <= Single(y),
                "gt" => (x, y) => Single(x) > Single(y),
                "ge" => (x, y) => Single(x) >= Single(y),
                "ltu" => (x, y) => !(Single(x) >= Single(y)),
                "leu" => (x, y) => !(Single(x) > Single(y)),
                "gtu" => (x, y) => !(Single(x) <= Single(y)),
                "geu" => (x, y) => !(Single(x) < Single(y)),
                _ => throw new NotSupportedException($"PTX comparison {name}.{type}."),
            };
        }
        return (name, type[0]) switch
        {
            ("eq", _) => (x, y) => x == y,
            ("ne", _) => (x, y) => x != y,
            ("lt", 's') => (x, y) => Signed(x, bits) < Signed(y, bits),
            ("le", 's') => (x, y) => Signed(x, bits) <= Signed(y, bits),
            ("gt", 's') => (x, y) => Signed(x, bits) > Signed(y, bits),
            ("ge", 's') => (x, y) => Signed(x, bits) >= Signed(y, bits),
            ("lo" or "lt", _) => (x, y) => x < y,
            ("ls" or "le", _) => (x, y) => x <= y,
            ("hi" or "gt", _) => (x, y) => x > y,
            ("hs" or "ge", _) => (x, y) => x >= y,
            _ => throw new NotSupportedException($"PTX comparison {name}.{type}."),
        };
    }

    private static float Single(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits);

    private static ulong Bits(float value) => BitConverter.SingleToUInt32Bits(value);

    private static long Signed(ulong value, int bits) => (long)(value << (64 - bits)) >> (64 - bits);

    /// <summary>Operands between commas, those in braces together.</summary>
    private static string[] Split(string operands) => [.. OperandText().Matches(operands).Select(match => match.Value.Trim())];

    [GeneratedRegex(@"^(@(?<not>!)?(?<predicate>%\w+)\s+)?(?<name>[\w.]+)\s*(?<operands>.*)$")]
    private static partial Regex Instruction();

    [GeneratedRegex(@"\{[^}]*\}|\[[^\]]*\]|[^,\s][^,]*")]
    private static partial Regex OperandText();
}
