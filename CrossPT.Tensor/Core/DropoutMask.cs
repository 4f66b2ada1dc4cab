namespace CrossPT.Tensors;

/// <summary>
/// Which elements of a matrix are dropped: a function of (seed, stream, row, column) alone, so that no thread, no batch
/// order and no earlier draw moves it, and the backward pass makes it again in place of keeping it.
/// </summary>
/// <param name="Probability">Share of the elements that become 0, in [0, 1); the others are divided by 1 − it.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Stream">Another one in every place and step.</param>
/// <remarks>
/// A row has two keys, the first words of <see cref="CounterRandom.Block"/>(seed, stream, row); the number of a column
/// is <see cref="Hash"/> of the column under them, its upper 24 bits over 2^24. Philox for every element would cost
/// more than what is dropped.
/// </remarks>
public readonly record struct DropoutMask(double Probability, ulong Seed, ulong Stream)
{
    /// <summary>Factor of the elements that are kept, 1 / (1 − p).</summary>
    public double Scale => 1 / (1 - Probability);

    /// <summary>Least upper 24 bits of the hash of an element that stays.</summary>
    internal int Threshold => (int)Math.Ceiling(Probability * (1 << 24));

    /// <summary>Whether an element stays.</summary>
    public bool Keeps(long row, int column)
    {
        (uint key0, uint key1) = Keys(row);
        return Hash((uint)column, key0, key1) >> 8 >= Threshold;
    }

    /// <summary>The keys of a row.</summary>
    internal (uint Key0, uint Key1) Keys(long row)
    {
        (uint key0, uint key1, _, _) = CounterRandom.Block(Seed, Stream, (ulong)row);
        return (key0, key1);
    }

    /// <summary>
    /// A bijection of 32 bits with two keys: multiplications and shifts of Wellons' lowbias32
    /// (github.com/skeeto/hash-prospector), whose bits all depend on all.
    /// </summary>
    internal static uint Hash(uint column, uint key0, uint key1)
    {
        uint x = unchecked((column * Spread) + key0);
        x ^= x >> 16;
        x = unchecked((x * First) + key1);
        x ^= x >> 15;
        x = unchecked(x * Second);
        return x ^ (x >> 16);
    }

    internal const uint Spread = 0x9E3779B9, First = 0x7FEB352D, Second = 0x846CA68B;

    /// <summary>Refuses a probability outside [0, 1).</summary>
    internal void Check(string kernel)
    {
        if (!(Probability is >= 0 and < 1))
            throw new ArgumentException($"{kernel}: dropout probability {Probability}, expected 0 to below 1.");
    }
}
