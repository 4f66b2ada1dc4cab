using CrossPT.Tensors;
using Xunit;

namespace CrossPT.TestKit;

/// <summary>The tests of <see cref="IAttentionKernels"/>.</summary>
public class AttentionConformance(TestDevice device) : AttentionSuite(device)
{
    private static readonly int[] s_ragged = [13, 0, 1, 40, 70];

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(48)]
    [InlineData(64)]
    [InlineData(100)]
    public void RaggedSequences_EveryKind_MatchReference(int width)
    {
        foreach (bool causal in (bool[])[false, true])
        {
            foreach (bool biased in (bool[])[false, true])
                ForwardAndBackward(s_ragged, s_ragged, 3, width, causal, biased, view: biased);
        }
    }

    [Fact]
    public void EveryLength_OneSequence_MatchesReference()
    {
        foreach (int length in RowCounts)
        {
            foreach (bool causal in (bool[])[false, true])
                ForwardAndBackward([length], [length], 2, 16, causal, biased: true, view: causal);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(33)]
    [InlineData(130)]
    public void OddWidths_MatchReference(int width) =>
        ForwardAndBackward([5, 17], [5, 17], 2, width, causal: true, biased: true, view: true);

    [Fact]
    public void CrossAttention_OtherLengthsOfKeys_MatchReference()
    {
        // Decoder queries over encoder keys; also a sequence without keys and one without queries.
        ForwardAndBackward([3, 1, 7, 0, 2], [40, 70, 13, 5, 0], 3, 16, causal: false, biased: false, view: true);
        ForwardAndBackward([64, 9], [1, 130], 2, 64, causal: false, biased: false, view: false);
    }

    [Fact]
    public void MoreKeysThanQueries_QueriesAreTheLast()
    {
        foreach (bool causal in (bool[])[false, true])
        {
            foreach (bool biased in (bool[])[false, true])
            {
                ForwardAndBackward([1, 1, 1], [1, 13, 70], 3, 16, causal, biased, view: biased);
                ForwardAndBackward([2, 5, 0, 33], [13, 5, 4, 100], 3, 48, causal, biased, view: causal);
            }
        }
    }

    [Fact]
    public void MoreQueriesThanKeys_FirstSeeNothingWhenCausal()
    {
        foreach (bool biased in (bool[])[false, true])
        {
            ForwardAndBackward([13, 40], [5, 33], 2, 16, causal: true, biased, view: true);
            ForwardAndBackward([13, 40], [5, 33], 2, 16, causal: false, biased, view: false);
        }
    }

    [Theory]
    [InlineData(100)]
    [InlineData(512)]
    public void WideHead_KeysAreValues_GradientsMeetInOneTensor(int width)
    {
        int[] queries = Array.ConvertAll([24, 6, 0, 13], Shortened);
        int[] keys = Array.ConvertAll([40, 13, 5, 70], Shortened);
        Case c = Make(queries, keys, 1, width, causal: false, biased: false, view: false);
        Twin both = c.Key, gradient = Random(keys.Sum(), width), dq = Output(queries.Sum(), width);
        Run(
            on => on.Backend.Attention.Forward(
                c.Layout, on[c.Query], on[both], on[both], null, on[c.Output], on[c.LogSumExp]),
                    [c.Output, c.LogSumExp]);
        // The gradient of the queries is written first, so that accumulating into the keys' leaves it.
        Run(
            on => on.Backend.Attention.Backward(
                c.Layout, on[c.Query], on[both], on[both], null, on[c.LogSumExp], on[c.OutputGradient], on[dq], null,
                null, false, null, on[c.Output]),
            [dq]);
        Run(
            on => on.Backend.Attention.Backward(
                c.Layout, on[c.Query], on[both], on[both], null, on[c.LogSumExp], on[c.OutputGradient], null,
                on[gradient], on[gradient], true, null, on[c.Output]),
            [gradient]);
    }

    [Theory]
    [InlineData(16, 0.1)]
    [InlineData(48, 0.5)]
    [InlineData(7, 0.9)]
    public void Dropout_EveryKind_MatchesReference(int width, double probability)
    {
        DropoutMask mask = new(probability, 0x1234_5678_9ABC_DEF0, 77);
        foreach (bool causal in (bool[])[false, true])
        {
            // More rows of queries than a block, keys past a panel, a sequence without keys.
            ForwardAndBackward(s_ragged, s_ragged, 3, width, causal, biased: causal, view: causal, mask);
            ForwardAndBackward([3, 130, 2, 5], [40, 33, 0, 13], 2, width, causal, biased: true, view: false, mask);
        }
    }

    [Fact]
    public void Dropout_OfNothing_IsNoDropout()
    {
        Case c = Make(s_ragged, s_ragged, 3, 16, causal: true, biased: true, view: false);
        Run(c.Forward, [c.Output, c.LogSumExp]);
        float[] without = c.Output.Tested.ToSingles();
        Case zero = c with { Layout = c.Layout with { Dropout = new DropoutMask(0, 1, 2) } };
        Run(zero.Forward, [c.Output, c.LogSumExp]);
        Assert.Equal(without, c.Output.Tested.ToSingles());
        Refuses(
            "Attention", on => (c with { Layout = c.Layout with { Dropout = new DropoutMask(1, 1, 2) } }).Forward(on));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void NullGradients_EveryCombination_LeaveTheOthersRight(bool accumulate)
    {
        for (int wanted = 0; wanted < 16; wanted++)
        {
            Case c = Make([5, 0, 13], [5, 0, 13], 2, 16, causal: wanted % 3 == 0, biased: true, view: true);
            if (wanted % 2 == 0) c = c with { Layout = c.Layout with { Dropout = new DropoutMask(0.3, 4, 5) } };
            Run(c.Forward, [c.Output, c.LogSumExp]);
            Twin? dq = (wanted & 1) != 0 ? Gradient(18, 32) : null, dk = (wanted & 2) != 0 ? Gradient(18, 32) : null;
            Twin? dv = (wanted & 4) != 0 ? Gradient(18, 32) : null;
            Twin? dBias = (wanted & 8) != 0 ? Random(c.Table!.Tested.Rows, 2) : null;
            Run(on => c.Backward(on, dq, dk, dv, accumulate, dBias), [.. new[] { dq, dk, dv, dBias }.OfType<Twin>()]);
        }
        Twin Gradient(int rows, int columns) =>
            accumulate ? Random(rows, columns, view: true) : Output(rows, columns, view: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ExtremeScores_StayFinite(bool causal)
    {
        Case c = Make([13, 40], [13, 40], 2, 16, causal, biased: true, view: false, scale: 25);
        // Scores of ±1e4: float32 keeps three digits behind the point of them, and an exponential turns that error into
        // its own.
        Run(c.Forward, [c.Output, c.LogSumExp], 2e-2);
        AllFinite(c.Output);
        AllFinite(c.LogSumExp);
        Twin dq = Output(53, 32), dk = Output(53, 32), dv = Output(53, 32), dBias = Random(c.Table!.Tested.Rows, 2);
        OnBoth(on => c.Backward(on, dq, dk, dv, false, dBias));
        foreach (Twin gradient in (Twin[])[dq, dk, dv, dBias]) AllFinite(gradient);
    }

    [Theory]
    [InlineData(-1e4f)]
    [InlineData(1e4f)]
    public void ExtremeBias_StaysFinite(float bias)
    {
        Begin($"bias {bias}");
        SequenceOffsets rows = SequenceOffsets.FromLengths([13]);
        AttentionLayout layout = new(rows, rows, 1, 8, Causal: true);
        Twin query = Random(13, 8);
        Twin key = Random(13, 8);
        Twin value = Random(13, 8);
        Twin output = Output(13, 8);
        Twin logSum = Output(13, 1);
        Twin table = Of([bias, 0], [2, 1]), buckets = Ids([.. Enumerable.Range(0, 25).Select(i => i % 2)]);
        Run(
            on => on.Backend.Attention.Forward(
                layout, on[query], on[key], on[value], new PositionBias(on[table], on[buckets], 12), on[output],
                on[logSum]),
            [output, logSum], 2e-3);
        AllFinite(output);
    }

    [Fact]
    public void NoSequences_NothingHappens() =>
        ForwardAndBackward([], [], 2, 16, causal: false, biased: true, view: false);

    [Fact]
    public void WrongShapes_AreRefused()
    {
        Case c = Make([3, 2], [3, 2], 2, 8, causal: false, biased: true, view: false);
        Twin narrow = Random(5, 8);
        Twin few = Random(4, 16);
        Twin gradient = Random(5, 16);
        Twin table = Random(2, 3);
        Twin shortReach = Ids(0, 0, 0);
        AttentionLayout layout = c.Layout, unequal = layout with { Keys = SequenceOffsets.FromLengths([5]) };
        foreach (Twin wrong in (Twin[])[narrow, few])
        {
            Refuses(
                "Attention",
                on => on.Backend.Attention.Forward(
                    layout, on[wrong], on[c.Key], on[c.Value], null, on[c.Output], on[c.LogSumExp]));
            Refuses(
                "Attention",
                on => on.Backend.Attention.Forward(
                    layout, on[c.Query], on[wrong], on[c.Value], null, on[c.Output], on[c.LogSumExp]));
            Refuses(
                "Attention",
                on => on.Backend.Attention.Forward(
                    layout, on[c.Query], on[c.Key], on[wrong], null, on[c.Output], on[c.LogSumExp]));
            Refuses(
                "Attention",
                on => on.Backend.Attention.Forward(
                    layout, on[c.Query], on[c.Key], on[c.Value], null, on[wrong], on[c.LogSumExp]));
            Refuses("Attention", on => c.Backward(on, wrong, null, null, false, null));
            Refuses("Attention", on => c.Backward(on, null, wrong, null, false, null));
            Refuses("Attention", on => c.Backward(on, null, null, wrong, false, null));
            Refuses("Attention", on => c.Backward(on, null, null, null, false, wrong));
        }
        Refuses(
            "Attention",
            on => on.Backend.Attention.Forward(
                layout, on[c.Query], on[c.Key], on[c.Value], null, on[c.Output], on[narrow]));
        Refuses(
            "Attention",
            on => on.Backend.Attention.Forward(
                unequal, on[c.Query], on[c.Key], on[c.Value], null, on[c.Output], on[c.LogSumExp]));
        Refuses("Attention", on => (c with { Table = table }).Forward(on));
        Refuses("Attention", on => (c with { Buckets = shortReach }).Forward(on));
        Refuses("Attention", on => (c with { Buckets = shortReach, Reach = 1 }).Forward(on));
        Refuses("Attention", on => c.Backward(on, null, gradient, gradient, false, null));
        Refuses("Attention", on => (c with { Table = null }).Backward(on, null, null, null, false, table));
    }
}
