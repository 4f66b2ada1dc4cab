using System.Runtime.Intrinsics;

namespace CrossPT.Tensors.Cpu;

/// <summary>Floats of 16 bits, BFloat16 and Float16, to float32 and back.</summary>
internal static unsafe class NarrowFloats
{
    // The bits of a Float16 without its sign, moved to the fraction of a float32, are 2^-112 of its value: so are those
    // of subnormal ones.
    private const float HalfScale = 5.192296858534828e33f;
    private const uint HalfInfinity = 0x7C00u << 13, Infinity = 0x7F800000;

    /// <summary>An element to the nearest, halves to even; a NaN stays one.</summary>
    public static ushort Round(float value, DType type)
    {
        if (type == DType.Float16) return BitConverter.HalfToUInt16Bits((Half)value);
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value)) return (ushort)((bits >> 16) | 0x40);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>An element as a float32: the same number.</summary>
    public static float Widen(ushort bits, DType type) => type == DType.Float16
        ? (float)BitConverter.UInt16BitsToHalf(bits)
        : BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>Elements as float32.</summary>
    public static void Widen(ushort* source, DType type, float* destination, nint count)
    {
        nint i = 0;
        if (type == DType.BFloat16)
        {
            for (; i + 16 <= count; i += 16)
            {
                (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.Load(source + i));
                (low << 16).AsSingle().Store(destination + i);
                (high << 16).AsSingle().Store(destination + i + 8);
            }
        }
        else
        {
            for (; i + 16 <= count; i += 16)
            {
                (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.Load(source + i));
                FromHalf(low).Store(destination + i);
                FromHalf(high).Store(destination + i + 8);
            }
        }

        for (; i < count; i++) destination[i] = Widen(source[i], type);
    }

    private static Vector256<float> FromHalf(Vector256<uint> bits)
    {
        Vector256<uint> magnitude = (bits & Vector256.Create(0x7FFFu)) << 13;
        Vector256<uint> special = Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(HalfInfinity));
        Vector256<uint> scaled = (magnitude.AsSingle() * Vector256.Create(HalfScale)).AsUInt32();
        Vector256<uint> sign = (bits & Vector256.Create(0x8000u)) << 16;
        return (scaled | (special & Vector256.Create(Infinity)) | sign).AsSingle();
    }
}
