namespace CrossPT.Tensors.Cuda;

/// <summary>
/// The square block of a result that one thread group computes, 8 × 8 elements a thread: its sizes, known to the compiler.
/// </summary>
internal interface ITile
{
    /// <summary>Rows and columns of the block.</summary>
    static abstract int Edge { get; }

    /// <summary>Steps of the sum that shared memory holds at a time.</summary>
    static abstract int Depth { get; }

    /// <summary>Bits of the row of 16-byte words that are exchanged so that no two threads meet in a bank of shared memory; below half a row.</summary>
    static abstract int Spread { get; }
}

/// <summary>128 × 128 with 256 threads: large products.</summary>
internal readonly struct Tile128 : ITile
{
    public static int Edge => 128;

    public static int Depth => 16;

    public static int Spread => 7;
}

/// <summary>64 × 64 with 64 threads: products of few rows, and attention.</summary>
internal readonly struct Tile64 : ITile
{
    public static int Edge => 64;

    public static int Depth => 8;

    public static int Spread => 7;
}

/// <summary>8 × 8 with one thread: where a thread group is simulated, and waiting for others is what costs.</summary>
internal readonly struct Tile8 : ITile
{
    public static int Edge => 8;

    public static int Depth => 4;

    public static int Spread => 0;
}
