namespace CrossPT.Tensors.Cpu;

/// <summary>One head of one sequence: what a worker computes at a time.</summary>
internal readonly struct HeadTask(in AttentionLayout layout, int sequence, int head)
{
    public int Head { get; } = head;

    public int FirstQuery { get; } = layout.Queries[sequence];

    public int Queries { get; } = layout.Queries.LengthOf(sequence);

    public int FirstKey { get; } = layout.Keys[sequence];

    public int Keys { get; } = layout.Keys.LengthOf(sequence);

    public int Width { get; } = layout.HeadWidth;

    private bool Causal { get; } = layout.Causal;

    private int Heads { get; } = layout.Heads;

    /// <summary>Row of query i in the dropout mask.</summary>
    public long MaskRow(int query) => ((long)(FirstQuery + query) * Heads) + Head;

    /// <summary>Keys that query i of the sequence sees, from the first.</summary>
    public int Seen(int query) => Causal ? Math.Clamp(query + Keys - Queries + 1, 0, Keys) : Keys;

    /// <summary>The first query that sees a key.</summary>
    public int FirstToSee(int key) => Causal ? Math.Max(0, key - Keys + Queries) : 0;

    /// <summary>Where query i stands among the keys: what relative positions count from.</summary>
    public int Position(int query) => query + Math.Max(0, Keys - Queries);

    /// <summary>
    /// First element of this head in a [R, N·D] tensor whose first element is <paramref name="tensor"/>.
    /// </summary>
    public unsafe float* Query(float* tensor, nint stride) => tensor + (FirstQuery * stride) + ((nint)Head * Width);

    /// <summary>The same for the rows of keys and values.</summary>
    public unsafe float* Key(float* tensor, nint stride) => tensor + (FirstKey * stride) + ((nint)Head * Width);
}
