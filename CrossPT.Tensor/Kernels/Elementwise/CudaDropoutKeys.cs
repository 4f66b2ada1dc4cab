using System.Runtime.CompilerServices;

namespace CrossPT.Tensors.Cuda;

/// <summary><see cref="DropoutMask"/> as a kernel has it: the same keys, the same hash, the same threshold.</summary>
internal readonly struct CudaDropoutKeys(in DropoutMask mask, bool hasRows)
{
    public readonly ulong Seed = mask.Seed, Stream = mask.Stream;
    public readonly float Scale = (float)mask.Scale;
    public readonly int Threshold = mask.Threshold, HasRows = hasRows ? 1 : 0;

    /// <summary>
    /// The keys of a row: the first words of block <paramref name="row"/> of <see cref="CounterRandom"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Of(long row, out uint key0, out uint key1)
    {
        uint c0 = (uint)row, c1 = (uint)((ulong)row >> 32), c2 = (uint)Stream, c3 = (uint)(Stream >> 32);
        uint k0 = (uint)Seed, k1 = (uint)(Seed >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = 0xD2511F53ul * c0, p1 = 0xCD9E8D57ul * c2;
            c0 = (uint)(p1 >> 32) ^ c1 ^ k0;
            c1 = (uint)p1;
            c2 = (uint)(p0 >> 32) ^ c3 ^ k1;
            c3 = (uint)p0;
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        key0 = c0;
        key1 = c1;
    }

    /// <summary>
    /// Whether the element at a column stays: <see cref="DropoutMask.Hash"/> at or over the threshold.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Keeps(uint column, uint key0, uint key1)
    {
        uint x = (column * DropoutMask.Spread) + key0;
        x ^= x >> 16;
        x = (x * DropoutMask.First) + key1;
        x ^= x >> 15;
        x *= DropoutMask.Second;
        x ^= x >> 16;
        return (int)(x >> 8) >= Threshold;
    }
}
