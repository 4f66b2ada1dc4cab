using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// The rows of one head of one sequence that a thread group works on. Grid: sequences · blocks × heads × pieces of the
/// head's width.
/// </summary>
internal readonly struct HeadBlock
{
    public readonly int FirstQuery;
    public readonly int Queries;
    public readonly int FirstKey;
    public readonly int Keys;
    public readonly int Head;

    /// <summary>First own row, counted in the sequence.</summary>
    public readonly int First;

    /// <summary>First column of the head that the group computes.</summary>
    public readonly int Column;

    public HeadBlock(AttentionCall call, int edge)
    {
        int sequence = Grid.IdxX / call.Blocks;
        FirstQuery = call.QueryStarts[sequence];
        Queries = call.QueryStarts[sequence + 1] - FirstQuery;
        FirstKey = call.KeyStarts[sequence];
        Keys = call.KeyStarts[sequence + 1] - FirstKey;
        Head = Grid.IdxY;
        First = Grid.IdxX % call.Blocks * edge;
        Column = Grid.IdxZ * edge;
    }

    /// <summary>Where query q stands among the keys: what relative positions count from.</summary>
    public int Position(int query) => query + Math.Max(0, Keys - Queries);

    /// <summary>Keys that query q sees, from the first.</summary>
    public int Seen(AttentionCall call, int query)
        => call.Causal == 0 ? Keys : Math.Max(0, Math.Min(query + Keys - Queries + 1, Keys));

    /// <summary>The first query that sees a key.</summary>
    public int FirstToSee(AttentionCall call, int key) => call.Causal == 0 ? 0 : Math.Max(0, key - Keys + Queries);

    /// <summary>The queries that see a key.</summary>
    public SeenRange SeenBy(AttentionCall call, int key)
    {
        int first = FirstToSee(call, key);
        return new SeenRange(first, Queries - first);
    }

    /// <summary>The rows of this head of a tensor of queries.</summary>
    public Operand OfQueries(AttentionCall call, ArrayView<float> tensor, int stride, int vectors)
        => new(tensor, ((long)FirstQuery * stride) + (Head * call.Width), Queries, call.Width, stride, vectors);

    /// <summary>The rows of this head of a tensor of keys.</summary>
    public Operand OfKeys(AttentionCall call, ArrayView<float> tensor, int stride, int vectors)
        => new(tensor, ((long)FirstKey * stride) + (Head * call.Width), Keys, call.Width, stride, vectors);

    /// <inheritdoc cref="OfQueries"/>
    public HeadRows RowsOfQueries(
        AttentionCall call, ArrayView<float> tensor, int stride, ArrayView<int> rounded = default)
        => new(tensor, ((long)FirstQuery * stride) + (Head * call.Width), Queries, call.Width, stride, rounded);

    /// <inheritdoc cref="OfKeys"/>
    public HeadRows RowsOfKeys(
        AttentionCall call, ArrayView<float> tensor, int stride, ArrayView<int> rounded = default)
        => new(tensor, ((long)FirstKey * stride) + (Head * call.Width), Keys, call.Width, stride, rounded);

    /// <summary>Where this head's number of a query is, in [Rq, N].</summary>
    public long QueryScalar(AttentionCall call, int query)
        => ((long)(FirstQuery + query) * call.Heads) + Head;

    /// <summary>
    /// Stores what the group has summed for its own rows, whose first is <paramref name="firstRow"/> of the result's
    /// tensor.
    /// </summary>
    public void Store(AttentionCall call, RegisterTile sum, int firstRow, int rows, ArrayView<Float4> shared)
    {
        Group.Barrier();
        sum.Stage<Tile64>(shared, lower: false);
        Group.Barrier();
        Half(call, firstRow, rows, First, shared);
        Group.Barrier();
        sum.Stage<Tile64>(shared, lower: true);
        Group.Barrier();
        Half(call, firstRow, rows, First + (Tile64.Edge / 2), shared);
    }

    private void Half(AttentionCall call, int firstRow, int rows, int first, ArrayView<Float4> shared)
    {
        for (int i = Group.IdxX; i < Tile64.Edge / 2 * (Tile64.Edge / 4); i += Group.DimX)
        {
            int row = first + (i / (Tile64.Edge / 4)), column = Column + (4 * (i & ((Tile64.Edge / 4) - 1)));
            if (row < rows)
                Four(call, ((long)(firstRow + row) * call.ResultStride) + (Head * call.Width), column, shared[i]);
        }
    }

    private static void Four(AttentionCall call, long at, int column, Float4 sum)
    {
        if (column >= call.Width) return;
        at += column;
        if (column + 3 < call.Width && call.ResultVectors != 0)
        {
            ArrayView<Float4> words = call.Result.Cast<Float4>();
            if (call.Accumulate != 0) sum += words[at >> 2];
            words[at >> 2] = sum;
            return;
        }
        One(call, at, sum.X);
        if (column + 1 < call.Width) One(call, at + 1, sum.Y);
        if (column + 2 < call.Width) One(call, at + 2, sum.Z);
        if (column + 3 < call.Width) One(call, at + 3, sum.W);
    }

    private static void One(AttentionCall call, long at, float value)
        => call.Result[at] = call.Accumulate != 0 ? call.Result[at] + value : value;
}
