using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>bf16, the upper half of a float32, in the integer arithmetic that kernels have for it.</summary>
internal static class BFloat16
{
    /// <summary>To the nearest, halves to even; a NaN stays one.</summary>
    public static ushort Round(float value)
    {
        uint bits = Interop.FloatAsInt(value);
        uint rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
        return (ushort)((bits & 0x7FFFFFFF) > 0x7F800000 ? (bits >> 16) | 0x40 : rounded);
    }

    /// <summary>
    /// Writes four elements, from <paramref name="element"/> on, a multiple of 4; nothing where the view is empty.
    /// </summary>
    public static void Store(ArrayView<long> y, long element, Float4 value)
    {
        if (y.Length > 0) y[element >> 2] = (Pair(value.Z, value.W) << 32) | Pair(value.X, value.Y);
    }

    private static long Pair(float low, float high) => ((uint)Round(high) << 16) | Round(low);

    /// <summary>Four elements, two in each operand, as float32.</summary>
    public static Float4 Widen(int xy, int zw) => new(Low(xy), High(xy), Low(zw), High(zw));

    private static float Low(int pair) => Interop.IntAsFloat((uint)pair << 16);

    private static float High(int pair) => Interop.IntAsFloat((uint)pair & 0xFFFF0000);

    /// <summary>The same number as a float32.</summary>
    public static float Widen(ushort value) => Interop.IntAsFloat((uint)value << 16);
}
