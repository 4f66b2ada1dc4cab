using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace CrossPT.Tensors.Cpu;

/// <summary>
/// <see cref="DropoutMask.Hash"/> of neighbouring columns at every width: all bits where the number of column, column +
/// 1, … is at least the threshold. Upper 24 bits of the hash are never negative, so signed comparison serves, which
/// every processor has.
/// </summary>
internal static class DropoutHash
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Kept512(uint column, uint key0, uint key1, int threshold)
    {
        Vector512<uint> x =
            ((Vector512.Create(column) + Vector512<uint>.Indices) * DropoutMask.Spread) + Vector512.Create(key0);
        x ^= x >>> 16;
        x = (x * DropoutMask.First) + Vector512.Create(key1);
        x ^= x >>> 15;
        x *= DropoutMask.Second;
        x ^= x >>> 16;
        return Vector512.GreaterThanOrEqual((x >>> 8).AsInt32(), Vector512.Create(threshold)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Kept256(uint column, uint key0, uint key1, int threshold)
    {
        Vector256<uint> x =
            ((Vector256.Create(column) + Vector256<uint>.Indices) * DropoutMask.Spread) + Vector256.Create(key0);
        x ^= x >>> 16;
        x = (x * DropoutMask.First) + Vector256.Create(key1);
        x ^= x >>> 15;
        x *= DropoutMask.Second;
        x ^= x >>> 16;
        return Vector256.GreaterThanOrEqual((x >>> 8).AsInt32(), Vector256.Create(threshold)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Kept128(uint column, uint key0, uint key1, int threshold)
    {
        Vector128<uint> x =
            ((Vector128.Create(column) + Vector128<uint>.Indices) * DropoutMask.Spread) + Vector128.Create(key0);
        x ^= x >>> 16;
        x = (x * DropoutMask.First) + Vector128.Create(key1);
        x ^= x >>> 15;
        x *= DropoutMask.Second;
        x ^= x >>> 16;
        return Vector128.GreaterThanOrEqual((x >>> 8).AsInt32(), Vector128.Create(threshold)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Kept(uint column, uint key0, uint key1, int threshold)
        => DropoutMask.Hash(column, key0, key1) >> 8 >= threshold ? BitConverter.Int32BitsToSingle(-1) : 0;
}
