using CrossPT.Tensors;

namespace CrossPT.TestKit;

/// <summary>Attention calls on two back ends, for the suites of <see cref="IAttentionKernels"/>.</summary>
public abstract class AttentionSuite(TestDevice device) : ConformanceSuite(device)
{
    /// <summary>Runs a call forward, backward, and backward once more to be added to what is there.</summary>
    private protected void ForwardAndBackward(
        int[] queries, int[] keys, int heads, int width, bool causal, bool biased, bool view,
        DropoutMask? dropout = null)
    {
        (queries, keys) = (Array.ConvertAll(queries, Shortened), Array.ConvertAll(keys, Shortened));
        Case c = Make(queries, keys, heads, width, causal, biased, view);
        c = c with { Layout = c.Layout with { Dropout = dropout } };
        Run(c.Forward, [c.Output, c.LogSumExp]);

        int rq = queries.Sum(), rk = keys.Sum(), columns = heads * width;
        foreach (bool accumulate in (bool[])[false, true])
        {
            Twin dq = Gradient(rq), dk = Gradient(rk), dv = Gradient(rk);
            Twin? dBias = c.Table is null ? null : Random(c.Table.Tested.Rows, heads);
            Run(
                on => c.Backward(on, dq, dk, dv, accumulate, dBias),
                [dq, dk, dv, .. dBias is null ? [] : (Twin[])[dBias]]);
            Twin Gradient(int rows) => accumulate ? Random(rows, columns, !view) : Output(rows, columns, view);
        }
    }

    /// <summary>A call with scores of a few units whatever the width.</summary>
    private protected Case Make(
        int[] queries, int[] keys, int heads, int width, bool causal, bool biased, bool view, double scale = 1)
    {
        Begin(
            $"queries {string.Join(' ', queries)}; keys {string.Join(' ', keys)}; {heads} heads of {width}; causal "
                + $"{causal}; bias {biased}; view {view}");
        int rq = queries.Sum();
        int rk = keys.Sum();
        int columns = heads * width;
        int reach = Math.Max(0, queries.Concat(keys).DefaultIfEmpty(0).Max() - 1) + 2;
        double size = 1.3 * scale / Math.Pow(width, 0.25);
        CounterRandom random = new(3);
        const int bucketCount = 9;
        return new Case
        {
            Layout = new AttentionLayout(
                SequenceOffsets.FromLengths(queries), SequenceOffsets.FromLengths(keys), heads, width, causal),
            Query = Random(rq, columns, view, size),
            Key = Random(rk, columns, !view, size),
            Value = Random(rk, columns, view),
            OutputGradient = Random(rq, columns, !view),
            Output = Output(rq, columns, view),
            LogSumExp = Output(rq, heads),
            Table = biased ? Random(bucketCount, heads) : null,
            Buckets = biased
                ? Ids([.. Enumerable.Range(0, (2 * reach) + 1).Select(_ => random.NextInt32(bucketCount))])
                : null,
            Reach = reach,
        };
    }

    private protected sealed record Case
    {
        public required AttentionLayout Layout { get; init; }

        public required Twin Query { get; init; }

        public required Twin Key { get; init; }

        public required Twin Value { get; init; }

        public required Twin OutputGradient { get; init; }

        public required Twin Output { get; init; }

        public required Twin LogSumExp { get; init; }

        public required Twin? Table { get; init; }

        public required Twin? Buckets { get; init; }

        public required int Reach { get; init; }

        public void Forward(Side on)
            => on.Backend.Attention.Forward(Layout, on[Query], on[Key], on[Value], Bias(on), on[Output], on[LogSumExp]);

        public void Backward(Side on, Twin? dq, Twin? dk, Twin? dv, bool accumulate, Twin? dBias)
            => on.Backend.Attention.Backward(
                Layout, on[Query], on[Key], on[Value], Bias(on), on[LogSumExp], on[OutputGradient],
                on.Maybe(dq), on.Maybe(dk), on.Maybe(dv), accumulate, on.Maybe(dBias), on[Output]);

        private PositionBias? Bias(Side on) =>
            Table is null || Buckets is null ? null : new PositionBias(on[Table], on[Buckets], Reach);
    }
}
