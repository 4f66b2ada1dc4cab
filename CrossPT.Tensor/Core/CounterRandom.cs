namespace CrossPT.Tensors;

/// <summary>
/// A counter-based generator, Philox 4×32-10 (Salmon et al. 2011): number i of a stream is a function of (seed, stream,
/// i) alone.
/// </summary>
/// <remarks>
/// Its whole state is three numbers, so a checkpoint holds it exactly. Not thread-safe: give each use a stream of its
/// own.
/// </remarks>
public sealed class CounterRandom
{
    private readonly ulong _seed;
    private readonly ulong _stream;
    private (uint, uint, uint, uint) _block;

    /// <summary>
    /// Numbers of <paramref name="stream"/> under <paramref name="seed"/>, from <paramref name="position"/>.
    /// </summary>
    public CounterRandom(ulong seed, ulong stream = 0, ulong position = 0)
    {
        _seed = seed;
        _stream = stream;
        Position = position;
        if ((position & 3) != 0) _block = Block(seed, stream, position >> 2);
    }

    /// <summary>How many 32-bit numbers were drawn.</summary>
    public ulong Position { get; private set; }

    /// <summary>Four 32-bit numbers: block <paramref name="counter"/> of a stream.</summary>
    public static (uint X0, uint X1, uint X2, uint X3) Block(ulong seed, ulong stream, ulong counter)
    {
        uint c0 = (uint)counter, c1 = (uint)(counter >> 32), c2 = (uint)stream, c3 = (uint)(stream >> 32);
        uint k0 = (uint)seed, k1 = (uint)(seed >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = 0xD2511F53ul * c0, p1 = 0xCD9E8D57ul * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>A 32-bit number.</summary>
    public uint NextUInt32()
    {
        if ((Position & 3) == 0) _block = Block(_seed, _stream, Position >> 2);
        uint value = (Position & 3) switch
        {
            0 => _block.Item1,
            1 => _block.Item2,
            2 => _block.Item3,
            _ => _block.Item4,
        };
        Position++;
        return value;
    }

    /// <summary>Uniform in [0, 1), 24 bits.</summary>
    public float NextSingle() => (NextUInt32() >> 8) * (1f / (1 << 24));

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public double NextDouble() => ((((ulong)NextUInt32() << 32) | NextUInt32()) >> 11) * (1.0 / (1L << 53));

    /// <summary>
    /// Normal with mean 0 and variance 1 (Box and Muller 1958; two draws a number, so that positions stay simple).
    /// </summary>
    public double NextGaussian()
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>Uniform in [0, bound), without bias (Lemire 2019).</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is not positive.</exception>
    public int NextInt32(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        ulong product = (ulong)NextUInt32() * (uint)bound;
        if ((uint)product < (uint)bound)
        {
            uint threshold = unchecked(0u - (uint)bound) % (uint)bound;
            while ((uint)product < threshold) product = (ulong)NextUInt32() * (uint)bound;
        }
        return (int)(product >> 32);
    }

    /// <summary>Puts the elements in random order (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt32(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
