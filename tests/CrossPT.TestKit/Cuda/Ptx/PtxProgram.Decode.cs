using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace CrossPT.TestKit.Cuda.Ptx;

/// <content>What each instruction does. Registers hold the bits of their values, those of fewer than 32 bits without
/// sign.</content>
internal sealed partial class PtxProgram
{
    private PtxInstruction Decode(string line)
    {
        Match match = Instruction().Match(line);
        string[] name = match.Groups["name"].Value.Split('.');
        string[] operands = Split(match.Groups["operands"].Value);
        PtxInstruction instruction = new(line);
        switch (name[0])
        {
            case "ret":
                instruction.Step = PtxStep.Exit;
                break;
            case "bar":
                instruction.Step = PtxStep.Barrier;
                if (name[1] == "red")
                    instruction.RunGroup = Vote(name[2], Register<uint>(operands[0]), Register<uint>(operands[^1]));
                break;
            case "bra":
                instruction.Step = PtxStep.Branch;
                instruction.Target = _labels[operands[0]];
                break;
            case "mma" or "ldmatrix" or "shfl":
                instruction.Step = PtxStep.Warp;
                instruction.Run = name[0] == "mma"
                    ? Mma(operands)
                    : name[0] == "shfl" ? Shuffle(name, operands) : LoadMatrices(name, operands);
                break;
            case "ld" or "st":
                instruction.Run = Access(name, operands);
                break;
            case "cp":
                instruction.Run = Copy(name, operands);
                break;
            case "atom":
                instruction.Run = AtomicAdd(name, operands);
                break;
            case "membar":
                // Groups run one after the other.
                instruction.Run = static _ => { };
                break;
            case "cvt":
                instruction.Run = Convert(name, operands);
                break;
            default:
                instruction.Run = Compute(name, operands);
                break;
        }
        if (match.Groups["predicate"].Success)
        {
            if (instruction.Step != PtxStep.Branch) throw new NotSupportedException($"PTX: {line}, under a predicate.");
            instruction.Predicate = Register<uint>(match.Groups["predicate"].Value);
            instruction.PredicateIs = !match.Groups["not"].Success;
        }
        return instruction;
    }

    private Action<PtxWarp> Compute(string[] name, string[] operands) => (name[0], name[^1]) switch
    {
        ("cvta", "u64") when name[1] == "shared" => Vectors<ulong, Either>(
            operands[0], operands[1], GenericShared.ToString(CultureInfo.InvariantCulture)),
        ("cvta", "u64") when name[1] == "to" && name[2] == "shared" => Vectors<ulong, Both>(
            operands[0], operands[1], (~GenericShared).ToString(CultureInfo.InvariantCulture)),
        ("cvta", "u64") => Vectors<ulong, Same>(operands[0], operands[1], operands[1]),
        ("testp", "f32") => Test(name[1], operands),
        ("mul", "u32") when name[1] == "wide" => Map<uint, uint, ulong>(operands, static (x, y) => (ulong)x * y),
        ("mul", "s32") when name[1] == "wide" => Map<int, int, long>(operands, static (x, y) => (long)x * y),
        ("mul", "u32") when name[1] == "hi" => Map<uint, uint, uint>(
            operands, static (x, y) => (uint)(((ulong)x * y) >> 32)),
        ("mul", "u64") when name[1] == "hi" => Map<ulong, ulong, ulong>(
            operands, static (x, y) => Math.BigMul(x, y, out _)),
        ("shl" or "shr", "b32" or "u32") => Shift<uint>(name[0], operands),
        ("shl" or "shr", "b64" or "u64") => Shift<ulong>(name[0], operands),
        ("shr", "s32") => Shift<int>(name[0], operands),
        ("shr", "s64") => Shift<long>(name[0], operands),
        ("not", "pred") => Map<uint, uint>(operands, static x => x == 0 ? 1u : 0),
        ("mov", "pred") => Vectors<uint, Same>(operands[0], operands[1], operands[1]),
        (_, "pred") => Bitwise<uint>(name, operands),
        ("and" or "or" or "xor" or "not" or "popc" or "clz", "b32") => Bitwise<uint>(name, operands),
        ("and" or "or" or "xor" or "not" or "popc" or "clz", "b64") => Bitwise<ulong>(name, operands),
        (_, "b32" or "u32") => Arithmetic<uint>(name, operands),
        (_, "s32") => Arithmetic<int>(name, operands),
        (_, "b64" or "u64") => Arithmetic<ulong>(name, operands),
        (_, "s64") => Arithmetic<long>(name, operands),
        ("fma", "f32") => Fused(operands),
        ("ex2", "f32") => Map<float, float>(operands, static x => (float)Math.Pow(2, x)),
        ("rcp" or "sqrt" or "rsqrt", "f32") => Root<float>(name[0], operands),
        ("rcp" or "sqrt" or "rsqrt", "f64") => Root<double>(name[0], operands),
        (_, "f32") => Arithmetic<float>(name, operands),
        (_, "f64") => Arithmetic<double>(name, operands),
        _ => throw Unknown(name),
    };

    /// <summary>What integers and floating-point numbers have in common.</summary>
    private Action<PtxWarp> Arithmetic<T>(string[] name, string[] operands)
        where T : unmanaged, INumber<T>, IMinMaxValue<T> => name[0] switch
    {
        "mov" => Vectors<T, Same>(operands[0], operands[1], operands[1]),
        "add" => Vectors<T, Sum>(operands[0], operands[1], operands[2]),
        "sub" => Vectors<T, Difference>(operands[0], operands[1], operands[2]),
        "mul" when name[1] != "hi" => Vectors<T, Multiple>(operands[0], operands[1], operands[2]),
        "mad" when name[1] == "lo" => MultiplyAdd<T>(operands),
        "selp" => Select<T>(operands),
        "setp" => Compare<T>(name[1], operands),
        "div" => Map<T, T, T>(operands, static (x, y) => x / y),
        "rem" => Map<T, T, T>(operands, static (x, y) => x % y),
        // A NaN beside a number is dropped.
        "min" => Map<T, T, T>(operands, static (x, y) => T.MinNumber(x, y)),
        "max" => Map<T, T, T>(operands, static (x, y) => T.MaxNumber(x, y)),
        "neg" => Map<T, T>(operands, static x => -x),
        "abs" => Map<T, T>(operands, static x => x == T.MinValue ? -x : T.Abs(x)),
        _ => throw Unknown(name),
    };

    private Action<PtxWarp> Bitwise<T>(string[] name, string[] operands)
        where T : unmanaged, IBinaryInteger<T> => name[0] switch
    {
        "and" => Vectors<T, Both>(operands[0], operands[1], operands[2]),
        "or" => Vectors<T, Either>(operands[0], operands[1], operands[2]),
        "xor" => Vectors<T, OneOnly>(operands[0], operands[1], operands[2]),
        "not" => Map<T, T>(operands, static x => ~x),
        "popc" => Map<T, uint>(operands, static x => uint.CreateTruncating(T.PopCount(x))),
        "clz" => Map<T, uint>(operands, static x => uint.CreateTruncating(T.LeadingZeroCount(x))),
        _ => throw Unknown(name),
    };

    /// <summary>A shift past the width gives 0, or all signs.</summary>
    private Action<PtxWarp> Shift<T>(string name, string[] operands)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        int bits = 8 * Unsafe.SizeOf<T>();
        return name == "shl" ? Map<T, uint, T>(operands, (x, y) => y >= bits ? T.Zero : x << (int)y)
            : T.IsNegative(T.MinValue) ? Map<T, uint, T>(operands, (x, y) => x >> (int)Math.Min(y, (uint)bits - 1))
            : Map<T, uint, T>(operands, (x, y) => y >= bits ? T.Zero : x >> (int)y);
    }

    private Action<PtxWarp> Root<T>(string name, string[] operands)
        where T : unmanaged, IFloatingPointIeee754<T> => name switch
    {
        "rcp" => Map<T, T>(operands, static x => T.One / x),
        "sqrt" => Map<T, T>(operands, static x => T.Sqrt(x)),
        // Rounded once, of either width.
        _ => Map<T, T>(operands, static x => T.CreateTruncating(1 / Math.Sqrt(double.CreateTruncating(x)))),
    };

    private Action<PtxWarp> Test(string kind, string[] operands) => kind switch
    {
        "notanumber" => Map<float, uint>(operands, static x => float.IsNaN(x) ? 1u : 0),
        "infinite" => Map<float, uint>(operands, static x => float.IsInfinity(x) ? 1u : 0),
        "finite" => Map<float, uint>(operands, static x => float.IsFinite(x) ? 1u : 0),
        _ => throw new NotSupportedException($"PTX: testp.{kind}."),
    };

    private static NotSupportedException Unknown(string[] name) => new($"PTX instruction {string.Join('.', name)}.");

    /// <summary>Operands between commas, those in braces together.</summary>
    private static string[] Split(string operands) =>
        [.. OperandText().Matches(operands).Select(match => match.Value.Trim())];

    [GeneratedRegex(@"^(@(?<not>!)?(?<predicate>%\w+)\s+)?(?<name>[\w.]+)\s*(?<operands>.*)$")]
    private static partial Regex Instruction();

    [GeneratedRegex(@"\{[^}]*\}|\[[^\]]*\]|[^,\s][^,]*")]
    private static partial Regex OperandText();
}
