using System.Numerics;
using System.Runtime.InteropServices;

namespace CrossPT.Tensors.Files;

/// <summary>
/// Elements as files store them, to and from the types computed in. Rounding is to nearest, ties to even.
/// </summary>
internal static class Elements
{
    private const float TwoTo112 = 5192296858534827628530496329220096f;

    public static void ToSingles(DType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        switch (type)
        {
            case DType.Float32:
                MemoryMarshal.Cast<byte, float>(source).CopyTo(destination);
                break;
            case DType.BFloat16:
                WidenBFloat16(MemoryMarshal.Cast<byte, ushort>(source), destination);
                break;
            case DType.Float16:
                WidenFloat16(MemoryMarshal.Cast<byte, ushort>(source), destination);
                break;
            case DType.Float64:
                ReadOnlySpan<double> wide = MemoryMarshal.Cast<byte, double>(source);
                for (int i = 0; i < wide.Length; i++) destination[i] = (float)wide[i];
                break;
            default:
                throw NotFloatingPoint(type);
        }
    }

    public static void ToDoubles(DType type, ReadOnlySpan<byte> source, Span<double> destination)
    {
        switch (type)
        {
            case DType.Float64:
                MemoryMarshal.Cast<byte, double>(source).CopyTo(destination);
                break;
            case DType.Float32:
                ReadOnlySpan<float> singles = MemoryMarshal.Cast<byte, float>(source);
                for (int i = 0; i < singles.Length; i++) destination[i] = singles[i];
                break;
            case DType.BFloat16:
                ReadOnlySpan<ushort> upper = MemoryMarshal.Cast<byte, ushort>(source);
                for (int i = 0; i < upper.Length; i++)
                    destination[i] = BitConverter.UInt32BitsToSingle((uint)upper[i] << 16);
                break;
            case DType.Float16:
                ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(source);
                for (int i = 0; i < halves.Length; i++) destination[i] = (double)halves[i];
                break;
            default:
                throw NotFloatingPoint(type);
        }
    }

    /// <summary>Integers and truth values; the index of the first that Int32 cannot hold, or -1.</summary>
    public static int ToInt32(DType type, ReadOnlySpan<byte> source, Span<int> destination)
    {
        switch (type)
        {
            case DType.Int32:
                MemoryMarshal.Cast<byte, int>(source).CopyTo(destination);
                break;
            case DType.Int64:
                ReadOnlySpan<long> wide = MemoryMarshal.Cast<byte, long>(source);
                for (int i = 0; i < wide.Length; i++)
                {
                    if (wide[i] != (int)wide[i]) return i;
                    destination[i] = (int)wide[i];
                }
                break;
            case DType.Int16:
                ReadOnlySpan<short> shorts = MemoryMarshal.Cast<byte, short>(source);
                for (int i = 0; i < shorts.Length; i++) destination[i] = shorts[i];
                break;
            case DType.Int8:
                for (int i = 0; i < source.Length; i++) destination[i] = (sbyte)source[i];
                break;
            case DType.UInt8 or DType.Boolean:
                for (int i = 0; i < source.Length; i++) destination[i] = source[i];
                break;
            default:
                throw new ArgumentException($"{type}, expected an integer type.", nameof(type));
        }
        return -1;
    }

    public static void FromSingles(ReadOnlySpan<float> source, DType type, Span<byte> destination)
    {
        switch (type)
        {
            case DType.Float32:
                MemoryMarshal.AsBytes(source).CopyTo(destination);
                break;
            case DType.Float64:
                Span<double> wide = MemoryMarshal.Cast<byte, double>(destination);
                for (int i = 0; i < source.Length; i++) wide[i] = source[i];
                break;
            case DType.Float16:
                Span<Half> halves = MemoryMarshal.Cast<byte, Half>(destination);
                for (int i = 0; i < source.Length; i++) halves[i] = (Half)source[i];
                break;
            case DType.BFloat16:
                Span<ushort> upper = MemoryMarshal.Cast<byte, ushort>(destination);
                for (int i = 0; i < source.Length; i++) upper[i] = ToBFloat16(source[i]);
                break;
            default:
                throw NotFloatingPoint(type);
        }
    }

    public static void FromDoubles(ReadOnlySpan<double> source, DType type, Span<byte> destination)
    {
        switch (type)
        {
            case DType.Float64:
                MemoryMarshal.AsBytes(source).CopyTo(destination);
                break;
            case DType.Float32:
                Span<float> singles = MemoryMarshal.Cast<byte, float>(destination);
                for (int i = 0; i < source.Length; i++) singles[i] = (float)source[i];
                break;
            case DType.Float16:
                Span<Half> halves = MemoryMarshal.Cast<byte, Half>(destination);
                for (int i = 0; i < source.Length; i++) halves[i] = (Half)source[i];
                break;
            case DType.BFloat16:
                Span<ushort> upper = MemoryMarshal.Cast<byte, ushort>(destination);
                for (int i = 0; i < source.Length; i++) upper[i] = ToBFloat16(RoundToOdd(source[i]));
                break;
            default:
                throw NotFloatingPoint(type);
        }
    }

    internal static ushort ToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        // stays a NaN though the low half of its mantissa is cut off
        if (float.IsNaN(value)) return (ushort)((bits >> 16) | 0x40);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>
    /// A float32 whose last bit says whether digits were lost, so that rounding it once more rounds as if from the
    /// double.
    /// </summary>
    private static float RoundToOdd(double value)
    {
        float nearest = (float)value;
        if (nearest == value || double.IsNaN(value)) return nearest;
        uint bits = BitConverter.SingleToUInt32Bits(nearest);
        // towards zero: signs and magnitudes are apart in the bits
        if (Math.Abs((double)nearest) > Math.Abs(value)) bits--;
        return BitConverter.UInt32BitsToSingle(bits | 1);
    }

    private static void WidenBFloat16(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        int i = 0;
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(source[i..]), out Vector<uint> low, out Vector<uint> high);
            Vector.AsVectorSingle(low << 16).CopyTo(destination[i..]);
            Vector.AsVectorSingle(high << 16).CopyTo(destination[(i + Vector<uint>.Count)..]);
        }
        for (; i < source.Length; i++) destination[i] = BitConverter.UInt32BitsToSingle((uint)source[i] << 16);
    }

    private static void WidenFloat16(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        int i = 0;
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(source[i..]), out Vector<uint> low, out Vector<uint> high);
            WidenFloat16(low).CopyTo(destination[i..]);
            WidenFloat16(high).CopyTo(destination[(i + Vector<uint>.Count)..]);
        }
        for (; i < source.Length; i++) destination[i] = (float)BitConverter.UInt16BitsToHalf(source[i]);
    }

    /// <summary>
    /// Exponent and mantissa moved to their places in a float32 are the number times 2^-112; the product brings the
    /// exponent right and normalises the subnormal ones. Infinities and NaNs get their exponent of all ones back.
    /// </summary>
    private static Vector<float> WidenFloat16(Vector<uint> bits)
    {
        Vector<uint> magnitude = bits & new Vector<uint>(0x7FFF);
        Vector<uint> scaled = Vector.AsVectorUInt32(
            Vector.AsVectorSingle(magnitude << 13) * new Vector<float>(TwoTo112));
        Vector<uint> special =
            Vector.GreaterThanOrEqual(magnitude, new Vector<uint>(0x7C00)) & new Vector<uint>(0x7F800000);
        return Vector.AsVectorSingle(scaled | special | ((bits & new Vector<uint>(0x8000)) << 16));
    }

    private static ArgumentException NotFloatingPoint(DType type) =>
        new($"{type}, expected a floating-point type.", nameof(type));
}
