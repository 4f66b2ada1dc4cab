using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace CrossPT.Tensors.Cpu;

/// <summary>
/// <see cref="DropoutMask.Hash"/> of a vector of elements at every width, from
/// column · <see cref="DropoutMask.Spread"/> + the row's first key, and the row's second key: all bits where the hash
/// is at least the threshold. Upper 24 bits of the hash are never negative, so signed comparison serves, which every
/// processor has.
/// </summary>
internal static class DropoutHash
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Kept(Vector512<uint> x, Vector512<uint> key1, int threshold)
    {
        x ^= x >>> 16;
        x = (x * DropoutMask.First) + key1;
        x ^= x >>> 15;
        x *= DropoutMask.Second;
        x ^= x >>> 16;
        return Vector512.GreaterThanOrEqual((x >>> 8).AsInt32(), Vector512.Create(threshold)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Kept(Vector256<uint> x, Vector256<uint> key1, int threshold)
    {
        x ^= x >>> 16;
        x = (x * DropoutMask.First) + key1;
        x ^= x >>> 15;
        x *= DropoutMask.Second;
        x ^= x >>> 16;
        return Vector256.GreaterThanOrEqual((x >>> 8).AsInt32(), Vector256.Create(threshold)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Kept(Vector128<uint> x, Vector128<uint> key1, int threshold)
    {
        x ^= x >>> 16;
        x = (x * DropoutMask.First) + key1;
        x ^= x >>> 15;
        x *= DropoutMask.Second;
        x ^= x >>> 16;
        return Vector128.GreaterThanOrEqual((x >>> 8).AsInt32(), Vector128.Create(threshold)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Kept(uint column, uint key0, uint key1, int threshold)
        => DropoutMask.Hash(column, key0, key1) >> 8 >= threshold ? BitConverter.Int32BitsToSingle(-1) : 0;
}
