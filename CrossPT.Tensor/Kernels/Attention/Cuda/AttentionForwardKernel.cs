using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Attention forward. A thread group takes a block of queries of one head and walks over the keys block by block:
/// scores live in shared memory only, and what was summed under an earlier maximum is scaled to the new one (Milakov
/// and Gimelshein 2018; Dao et al. 2022).
/// </summary>
/// <remarks>
/// A head wider than a block is computed piece by piece, each by a group that makes the scores for itself.
/// </remarks>
internal static class AttentionForwardKernel
{
    public static void Forward(AttentionCall call)
    {
        ArrayView<Float4> staging = SharedMemory.Allocate<Float4>(KTiles<Tile64>.SharedWords);
        ArrayView<Float4> scores = SharedMemory.Allocate<Float4>(ScoreTile.Words);
        ArrayView<float> largest = SharedMemory.Allocate<float>(Tile64.Edge);
        ArrayView<float> total = SharedMemory.Allocate<float>(Tile64.Edge);
        ArrayView<Float4> factors = SharedMemory.Allocate<Float4>(Tile64.Edge / 4);
        ScoreLines lines = new(Tile64.Edge);
        HeadBlock at = new(call, Tile64.Edge);
        if (at.First >= at.Queries) return;

        Operand query = at.OfQueries(call, call.Query, call.QueryStride, call.QueryVectors);
        Operand key = at.OfKeys(call, call.Key, call.KeyStride, call.KeyVectors);
        Operand value = at.OfKeys(call, call.Value, call.ValueStride, call.ValueVectors);
        for (int i = Group.IdxX; i < Tile64.Edge; i += Group.DimX)
        {
            largest[i] = float.NegativeInfinity;
            total[i] = 0;
        }
        lines.LoadMask(call, at, at.First);

        RegisterTile output = default;
        int seen = at.Seen(call, Math.Min(at.First + Tile64.Edge, at.Queries) - 1);
        int threadRow = KTiles<Tile64>.Row(Group.IdxX);
        int own = at.Queries - at.First;
        for (int first = 0; first < seen; first += Tile64.Edge)
        {
            RegisterTile block = default;
            KTiles<Tile64>.Multiply<InnerLines, InnerLines>(
                ref block, query, at.First, key, first, 0, call.Width, staging, own);
            ScoreTile.Store(block, scores);
            lines.LoadBias(call, at, at.First, first);
            Group.Barrier();
            for (int i = Group.IdxX; i < Tile64.Edge; i += Group.DimX)
                Softmax(
                    call, at, lines, scores.Cast<float>(), largest, total, factors.Cast<float>(), first,
                    KTiles<Tile64>.Steps(seen - first), i);
            Group.Barrier();
            output.Scale(factors[threadRow], factors[threadRow + (Tile64.Edge / 8)]);
            ScoreTile.MultiplyHeld(
                ref output, scores, value, at.Column, first, Math.Min(seen, first + Tile64.Edge), staging, own);
        }

        Group.Barrier();
        ArrayView<float> inverse = factors.Cast<float>();
        for (int i = Group.IdxX; i < Tile64.Edge; i += Group.DimX)
        {
            float sum = total[i];
            inverse[i] = sum > 0 ? 1 / sum : 0;
            if (at.Column == 0 && at.First + i < at.Queries)
                call.LogSumExp[((long)(at.FirstQuery + at.First + i) * call.Heads) + at.Head] = sum > 0
                    ? largest[i] + KernelMath.Log(sum)
                    : float.NegativeInfinity;
        }
        Group.Barrier();
        output.Scale(factors[threadRow], factors[threadRow + (Tile64.Edge / 8)]);
        at.Store(call, output, at.FirstQuery, at.Queries, staging);
    }

    /// <summary>
    /// Scores of row i to e^(score − largest so far), under dropout, and zeros up to <paramref name="read"/>; its
    /// maximum, its sum and the factor of what was summed before.
    /// </summary>
    private static void Softmax(
        AttentionCall call, HeadBlock at, ScoreLines lines, ArrayView<float> scores, ArrayView<float> largest,
        ArrayView<float> total, ArrayView<float> factors, int first, int read, int i)
    {
        int seen = at.First + i < at.Queries ? Math.Min(at.Seen(call, at.First + i) - first, Tile64.Edge) : 0;
        float before = largest[i], most = before, sum = 0;
        for (int j = 0; j < seen; j++)
        {
            int element = ScoreTile.Element(j, i);
            float score = scores[element] + lines.Bias(call, i, j);
            scores[element] = score;
            most = Math.Max(most, score);
        }
        for (int j = 0; j < seen; j++)
        {
            int element = ScoreTile.Element(j, i);
            float p = KernelMath.Exp(scores[element] - most);
            sum += p;
            scores[element] = p * lines.Kept(call, i, first + j);
        }
        for (int j = Math.Max(seen, 0); j < read; j++) scores[ScoreTile.Element(j, i)] = 0;
        float factor = before == most ? 1 : KernelMath.Exp(before - most);
        total[i] = (total[i] * factor) + sum;
        largest[i] = most;
        factors[i] = factor;
    }
}
