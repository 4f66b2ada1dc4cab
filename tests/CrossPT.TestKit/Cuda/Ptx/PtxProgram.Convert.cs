using CrossPT.Tensors.Cuda;

namespace CrossPT.TestKit.Cuda.Ptx;

/// <content>Conversions.</content>
internal sealed partial class PtxProgram
{
    private Action<PtxWarp> Convert(string[] name, string[] operands) => (name[^2], name[^1]) switch
    {
        ("bf16x2", "f32") => Map<float, float, uint>(
            operands, static (x, y) => ((uint)BFloat16.Round(x) << 16) | BFloat16.Round(y)),
        ("f32", "f32") => Integral(name[1], operands),
        ("f64", "f32") => Map<float, double>(operands, static x => x),
        ("f32", "f64") => Map<double, float>(operands, static x => (float)x),
        ("f32", "s32") => Map<int, float>(operands, static x => x),
        ("f32", "s64") => Map<long, float>(operands, static x => x),
        ("f32", "u8" or "u16" or "u32") => Map<uint, float>(operands, static x => x),
        ("f32", "u64") => Map<ulong, float>(operands, static x => x),
        ("s32", "f32") when name[1] == "rzi" => Map<float, int>(
            operands, static x => (int)Math.Clamp(MathF.Truncate(x), -2147483648.0, 2147483647.0)),
        (_, "f32" or "f64") or ("f32" or "f64", _) => throw Unknown(name),
        (_, "s8" or "s16" or "s32") when Width(name[^2]) == 8 => Extended(8 * Width(name[^1]), operands),
        (_, "u8" or "u16" or "u32") when Width(name[^2]) == 8 => Map<uint, ulong>(operands, Unsigned(name[^1])),
        (_, "s64" or "u64") when Width(name[^2]) == 8 => Vectors<ulong, Same>(operands[0], operands[1], operands[1]),
        (_, "s64" or "u64") => Map<ulong, uint>(operands, Narrowed(8 * Width(name[^2]))),
        (_, "s8" or "s16" or "s32") => Resigned(8 * Width(name[^1]), 8 * Width(name[^2]), operands),
        _ => Resized(8 * Math.Min(Width(name[^1]), Width(name[^2])), operands),
    };

    private static Func<uint, ulong> Unsigned(string type)
    {
        uint mask = Mask(8 * Width(type));
        return x => x & mask;
    }

    private static Func<ulong, uint> Narrowed(int bits)
    {
        uint mask = Mask(bits);
        return x => (uint)x & mask;
    }

    private Action<PtxWarp> Extended(int bits, string[] operands) =>
        Map<int, long>(operands, x => x << (32 - bits) >> (32 - bits));

    private Action<PtxWarp> Resigned(int from, int to, string[] operands)
    {
        uint mask = Mask(to);
        return Map<int, uint>(operands, x => (uint)(x << (32 - from) >> (32 - from)) & mask);
    }

    private Action<PtxWarp> Resized(int bits, string[] operands)
    {
        uint mask = Mask(bits);
        return Map<uint, uint>(operands, x => x & mask);
    }

    private static uint Mask(int bits) => bits == 32 ? uint.MaxValue : (1u << bits) - 1;

    private Action<PtxWarp> Integral(string rounding, string[] operands) => Map(operands, rounding switch
    {
        "rmi" => MathF.Floor,
        "rpi" => MathF.Ceiling,
        "rzi" => MathF.Truncate,
        "rni" => (Func<float, float>)MathF.Round,
        _ => throw new NotSupportedException($"PTX: cvt.{rounding}.f32.f32."),
    });
}
