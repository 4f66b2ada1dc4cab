using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Attention backward, one gradient a kernel: a group owns rows of one side, walks over those of the other and
/// recomputes every block of scores. No two groups write to one place, so nothing is atomic and every sum has its
/// order.
/// </summary>
internal static class AttentionBackwardKernels
{
    /// <summary>Delta [Rq, N] = Σ P·dP: what the softmax takes from each gradient of a row's scores.</summary>
    public static void Deltas(AttentionCall call)
    {
        ArrayView<Float4> staging = SharedMemory.Allocate<Float4>(KTiles<Tile64>.SharedWords);
        ArrayView<Float4> scores = SharedMemory.Allocate<Float4>(ScoreTile.Words);
        ArrayView<Float4> gradients = SharedMemory.Allocate<Float4>(ScoreTile.Words);
        ArrayView<float> sums = SharedMemory.Allocate<float>(Tile64.Edge);
        ScoreGradients<QueryKind> block = new(staging, scores, gradients);
        HeadBlock at = new(call, Tile64.Edge);
        if (at.First >= at.Queries) return;

        block.LoadQueries(call, at, at.First);
        for (int i = Group.IdxX; i < Tile64.Edge; i += Group.DimX) sums[i] = 0;
        int seen = at.Seen(call, Math.Min(at.First + Tile64.Edge, at.Queries) - 1);
        for (int first = 0; first < seen; first += Tile64.Edge)
        {
            block.Multiply(call, at, first);
            Group.Barrier();
            for (int i = Group.IdxX; i < Tile64.Edge; i += Group.DimX) sums[i] += block.Delta(call, at, first, i);
            Group.Barrier();
        }
        for (int i = Group.IdxX; i < Tile64.Edge; i += Group.DimX)
        {
            if (at.First + i < at.Queries)
                call.Result[((long)(at.FirstQuery + at.First + i) * call.Heads) + at.Head] = sums[i];
        }
    }

    /// <summary>The gradient of queries, keys or values.</summary>
    public static void Gradient<TKind>(AttentionCall call)
        where TKind : struct, IGradientKind
    {
        ArrayView<Float4> staging = SharedMemory.Allocate<Float4>(KTiles<Tile64>.SharedWords);
        ArrayView<Float4> scores = SharedMemory.Allocate<Float4>(ScoreTile.Words);
        ArrayView<Float4> gradients = TKind.OfScores ? SharedMemory.Allocate<Float4>(ScoreTile.Words) : scores;
        ScoreGradients<TKind> block = new(staging, scores, gradients);
        HeadBlock at = new(call, Tile64.Edge);
        int rows = TKind.OwnIsQuery ? at.Queries : at.Keys;
        if (at.First >= rows) return;

        // Queries see the keys of a prefix; keys are seen by the queries of a suffix.
        int first = 0, end = at.Queries;
        if (TKind.OwnIsQuery) end = at.Seen(call, Math.Min(at.First + Tile64.Edge, at.Queries) - 1);
        else if (call.Causal != 0) first = Math.Max(0, at.First + at.Queries - at.Keys) / Tile64.Edge * Tile64.Edge;
        Operand other = TKind.OwnIsQuery ? at.OfKeys(call, call.Key, call.KeyStride, call.KeyVectors)
            : TKind.OfScores ? at.OfQueries(call, call.Query, call.QueryStride, call.QueryVectors)
            : at.OfQueries(call, call.OutputGradient, call.OutputGradientStride, call.OutputGradientVectors);

        if (TKind.OwnIsQuery) block.LoadQueries(call, at, at.First);
        RegisterTile sum = default;
        for (; first < end; first += Tile64.Edge)
        {
            if (!TKind.OwnIsQuery) block.LoadQueries(call, at, first);
            block.Multiply(call, at, first);
            Group.Barrier();
            for (int i = Group.IdxX; i < Tile64.Edge; i += Group.DimX)
                block.Finish(call, at, first, KTiles<Tile64>.Steps(end - first), i);
            Group.Barrier();
            ScoreTile.MultiplyHeld(
                ref sum, scores, other, at.Column, first, Math.Min(end, first + Tile64.Edge), staging, rows - at.First);
        }
        at.Store(call, sum, TKind.OwnIsQuery ? at.FirstQuery : at.FirstKey, rows, staging);
    }
}
