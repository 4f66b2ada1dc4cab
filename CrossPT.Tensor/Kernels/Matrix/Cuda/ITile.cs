namespace CrossPT.Tensors.Cuda;

/// <summary>
/// The square block of a result that one thread group computes, 8 × 8 elements a thread: its sizes, known to the
/// compiler.
/// </summary>
internal interface ITile
{
    /// <summary>Rows and columns of the block.</summary>
    static abstract int Edge { get; }

    /// <summary>Steps of the sum that shared memory holds at a time.</summary>
    static abstract int Depth { get; }

    /// <summary>
    /// Groups of a product that a multiprocessor has registers for at a time, so that one computes while another waits.
    /// </summary>
    static abstract int GroupsAtWork { get; }
}

/// <summary>128 × 128 with 256 threads: large products.</summary>
internal readonly struct Tile128 : ITile
{
    public static int Edge => 128;

    public static int Depth => 16;

    /// <summary>
    /// A product wants 142 registers a thread and has 128: it puts up to five aside, which costs less than to leave the
    /// multiprocessor to one group.
    /// </summary>
    public static int GroupsAtWork => 2;
}

/// <summary>64 × 64 with 64 threads: products of few rows, and attention.</summary>
internal readonly struct Tile64 : ITile
{
    public static int Edge => 64;

    public static int Depth => 8;

    public static int GroupsAtWork => 6;
}
