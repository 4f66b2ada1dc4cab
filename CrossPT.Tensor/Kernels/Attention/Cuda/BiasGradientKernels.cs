using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// The gradient of the position bias, in two steps without atomics: each block of queries sums dS along its diagonals,
/// a line of one number a distance; then each element of the table sums its distances over all lines, in order.
/// </summary>
internal static class BiasGradientKernels
{
    /// <summary>
    /// Lines [sequences · blocks, N, length] in <see cref="AttentionCall.Result"/>: element x is distance x − (Edge −
    /// 1) − position of the block's first query.
    /// </summary>
    public static void Lines(AttentionCall call)
    {
        ArrayView<Float4> staging = SharedMemory.Allocate<Float4>(KTiles<Tile64>.SharedWords);
        ArrayView<Float4> scores = SharedMemory.Allocate<Float4>(ScoreTile.Words);
        ArrayView<Float4> gradients = SharedMemory.Allocate<Float4>(ScoreTile.Words);
        ScoreGradients<QueryKind> block = new(staging, scores, gradients);
        HeadBlock at = new(call, Tile64.Edge);
        long line = ((Grid.IdxX * (long)call.Heads) + at.Head) * call.ResultStride;
        for (int i = Group.IdxX; i < call.ResultStride; i += Group.DimX) call.Result[line + i] = 0;
        if (at.First >= at.Queries) return;

        block.LoadQueries(call, at, at.First);
        int seen = at.Seen(call, Math.Min(at.First + Tile64.Edge, at.Queries) - 1);
        ArrayView<float> elements = scores.Cast<float>();
        for (int first = 0; first < seen; first += Tile64.Edge)
        {
            block.Multiply(call, at, first);
            Group.Barrier();
            for (int i = Group.IdxX; i < Tile64.Edge; i += Group.DimX) block.Finish(call, at, first, Tile64.Edge, i);
            Group.Barrier();
            for (int d = Group.IdxX; d < (2 * Tile64.Edge) - 1; d += Group.DimX)
            {
                float sum = 0;
                // Key j of the block and query i with j − i = d − (Edge − 1).
                int shift = d - (Tile64.Edge - 1);
                for (int i = Math.Max(0, -shift); i < Math.Min(Tile64.Edge, Tile64.Edge - shift); i++)
                    sum += elements[ScoreTile.Element(i + shift, i)];
                call.Result[line + first + d] += sum;
            }
            Group.Barrier();
        }
    }

    /// <summary>
    /// biasGradient [buckets, N] += the sums of lines. A thread group takes a bucket of a head; grid: buckets × heads.
    /// </summary>
    public static void Reduce(BiasReduceArgs args)
    {
        ArrayView<float> sums = SharedMemory.Allocate<float>(16);
        AttentionCall call = args.Call;
        int bucket = Grid.IdxX, head = Grid.IdxY;
        float sum = 0;
        for (int index = 0; index < args.Count; index++)
        {
            int sequence = index / call.Blocks, first = index % call.Blocks * args.Edge;
            int queries = call.QueryStarts[sequence + 1] - call.QueryStarts[sequence];
            int keys = call.KeyStarts[sequence + 1] - call.KeyStarts[sequence];
            if (first >= queries) continue;
            int distance = -(first + Math.Max(0, keys - queries)) - (args.Edge - 1);
            long line = ((index * (long)call.Heads) + head) * args.Length;
            for (int x = Group.IdxX; x < args.Length; x += Group.DimX)
            {
                int d = distance + x;
                if (Math.Abs(d) <= call.Reach && call.Buckets[d + call.Reach] == bucket) sum += args.Lines[line + x];
            }
        }
        sums[Group.IdxX] = sum;
        Group.Barrier();
        if (Group.IdxX != 0) return;
        sum = 0;
        for (int i = 0; i < Group.DimX; i++) sum += sums[i];
        call.Result[(bucket * (long)call.Heads) + head] += sum;
    }
}

/// <param name="Call">The attention, whose result is the gradient of the bias.</param>
/// <param name="Lines">What <see cref="BiasGradientKernels.Lines"/> made.</param>
/// <param name="Length">Elements of a line.</param>
/// <param name="Edge">Queries of a block.</param>
/// <param name="Count">Blocks of all sequences.</param>
internal readonly record struct BiasReduceArgs(
    AttentionCall Call, ArrayView<float> Lines, int Length, int Edge, int Count);
