using static CrossPT.Tensors.Reference.HostRows;

namespace CrossPT.Tensors.Reference;

/// <summary>
/// Attention, in the words of <see cref="IAttentionKernels"/>: a sequence, a head and a query at a time.
/// </summary>
/// <remarks>A query that sees no key has the output 0, log Σ exp = −∞ and no gradient.</remarks>
internal sealed class ReferenceAttention : IAttentionKernels
{
    public bool BackwardReadsOutput => false;

    public void Forward(
        in AttentionLayout layout, Tensor query, Tensor key, Tensor value, PositionBias? bias, Tensor output,
        Tensor logSumExp)
    {
        KernelChecks.AttentionForward(layout, query, key, value, bias, output, logSumExp);
        foreach (QueryRow at in QueryRows(layout))
        {
            double[] scores = Scores(at, query, key, bias);
            double logSum = ReferenceReduction.LogSumExp(scores);
            logSumExp.Row(at.Row)[at.Head] = logSum;

            Span<double> o = at.HeadOf(output, at.Row);
            o.Clear();
            for (int j = 0; j < scores.Length; j++)
                AddScaled(Math.Exp(scores[j] - logSum) * Kept(layout, at, j), at.HeadOf(value, at.FirstKey + j), o);
        }
    }

    public void Backward(
        in AttentionLayout layout, Tensor query, Tensor key, Tensor value, PositionBias? bias, Tensor logSumExp,
        Tensor outputGradient,
        Tensor? queryGradient, Tensor? keyGradient, Tensor? valueGradient, bool accumulate, Tensor? biasGradient,
        Tensor? output = null)
    {
        KernelChecks.AttentionBackward(
            layout, query, key, value, bias, logSumExp, outputGradient, queryGradient, keyGradient, valueGradient,
            accumulate, biasGradient, output);
        if (!accumulate)
        {
            Clear(queryGradient);
            Clear(keyGradient);
            Clear(valueGradient);
        }
        foreach (QueryRow at in QueryRows(layout))
        {
            double[] scores = Scores(at, query, key, bias);
            double logSum = logSumExp.Row(at.Row)[at.Head];
            Span<double> dOutput = at.HeadOf(outputGradient, at.Row);

            // P = exp(scores − logSumExp) and dP = dO·Vᵀ, under dropout; dScores = P · (dP − Σ P·dP), as for any
            // softmax.
            double[] p = Array.ConvertAll(scores, score => Math.Exp(score - logSum));
            double[] dp = new double[p.Length];
            double mean = 0;
            for (int j = 0; j < p.Length; j++)
            {
                dp[j] = Dot(dOutput, at.HeadOf(value, at.FirstKey + j)) * Kept(layout, at, j);
                mean += p[j] * dp[j];
            }
            for (int j = 0; j < p.Length; j++)
            {
                int k = at.FirstKey + j;
                double dScore = p[j] * (dp[j] - mean);
                if (queryGradient is not null) AddScaled(dScore, at.HeadOf(key, k), at.HeadOf(queryGradient, at.Row));
                if (keyGradient is not null) AddScaled(dScore, at.HeadOf(query, at.Row), at.HeadOf(keyGradient, k));
                if (valueGradient is not null)
                    AddScaled(p[j] * Kept(layout, at, j), dOutput, at.HeadOf(valueGradient, k));
                if (biasGradient is not null) biasGradient.Row(at.BucketOf(bias!, j))[at.Head] += dScore;
            }
        }
    }

    /// <summary>One query of one head, and the keys it sees.</summary>
    /// <param name="Row">Row of the query.</param>
    /// <param name="Position">Position of the query in its sequence: what relative positions count from.</param>
    /// <param name="FirstKey">Row of the first key of its sequence.</param>
    /// <param name="Seen">Keys it sees, from the first.</param>
    /// <param name="Head">Head, n.</param>
    /// <param name="Width">Width of a head, D.</param>
    private readonly record struct QueryRow(int Row, int Position, int FirstKey, int Seen, int Head, int Width)
    {
        public Span<double> HeadOf(Tensor tensor, int row) => tensor.Row(row).Slice(Head * Width, Width);

        public int BucketOf(PositionBias bias, int keyPosition) =>
            bias.Buckets.Indices()[keyPosition - Position + bias.Reach];
    }

    private static IEnumerable<QueryRow> QueryRows(AttentionLayout layout)
    {
        for (int s = 0; s < layout.Queries.Count; s++)
        {
            int queries = layout.Queries.LengthOf(s), keys = layout.Keys.LengthOf(s);
            for (int i = 0; i < queries; i++)
            {
                int seen = layout.Causal ? Math.Clamp(i + keys - queries + 1, 0, keys) : keys;
                int position = i + Math.Max(0, keys - queries);
                for (int n = 0; n < layout.Heads; n++)
                    yield return new QueryRow(
                        layout.Queries[s] + i, position, layout.Keys[s], seen, n, layout.HeadWidth);
            }
        }
    }

    /// <summary>Dropout's factor of a probability: 0, or 1 / (1 − p).</summary>
    private static double Kept(in AttentionLayout layout, QueryRow at, int key)
        => layout.Dropout is not { } mask
            ? 1
            : mask.Keeps(((long)at.Row * layout.Heads) + at.Head, key) ? mask.Scale : 0;

    private static double[] Scores(QueryRow at, Tensor query, Tensor key, PositionBias? bias)
    {
        double[] scores = new double[at.Seen];
        for (int j = 0; j < scores.Length; j++)
        {
            scores[j] = Dot(at.HeadOf(query, at.Row), at.HeadOf(key, at.FirstKey + j));
            if (bias is not null) scores[j] += bias.Table.Row(at.BucketOf(bias, j))[at.Head];
        }
        return scores;
    }

    private static void Clear(Tensor? gradient)
    {
        for (int r = 0; r < (gradient?.Rows ?? 0); r++) gradient!.Row(r).Clear();
    }
}
