using CrossPT.Autograd;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Files;
using CrossPT.Tensors.Reference;

namespace CrossPT.Transformer.Tests.T5;

/// <summary>Greedy decoding with cached keys and values, and ranking, against plain teacher forcing.</summary>
public sealed class DecodingTests
{
    [Theory]
    [InlineData("tiny_v10")]
    [InlineData("tiny_v11")]
    public void Generate_TinyFixtureOnReference_IsArgMaxOverGrowingPrefix(string fixture)
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Load(Fixture.PathOf(fixture), backend);
        SameAsUncached(model, TinyModels.Tokens(model.Config, [7, 1, 12, 4], seed: 5), steps: 12);
    }

    [Theory]
    [InlineData("tiny_v10")]
    [InlineData("tiny_v11")]
    public void Generate_HeadsNoMultipleOf32_IsArgMaxOverGrowingPrefix(string fixture)
    {
        using CpuBackend backend = new(2);
        using T5Model model = T5Model.Load(Fixture.PathOf(fixture), backend);
        SameAsUncached(model, TinyModels.Tokens(model.Config, [9, 3, 1, 21], seed: 6), steps: 20);
    }

    // The prefix grows past D, where the uncached decoder changes from reassociated to projected keys and values.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Generate_PastTheHeadWidth_IsArgMaxOverGrowingPrefix(bool gated)
    {
        using CpuBackend backend = new(2);
        using T5Model model = T5Model.Random(TinyModels.Wide(gated), backend, seed: 21);
        SameAsUncached(model, TinyModels.Tokens(model.Config, [33, 5], seed: 7), steps: 68);
    }

    [Fact]
    public void Generate_StopAtEnd_CutsEachSequenceAfterItsEnd()
    {
        using CpuBackend backend = new(1);
        using ITensorSource weights = TensorFiles.Open(Fixture.PathOf("tiny_v11"));
        T5Config config = T5Config.Load(Fixture.PathOf("tiny_v11"));
        int[][] sources = TinyModels.Tokens(config, [.. Enumerable.Range(1, 24)], seed: 8);
        int[][] whole = Decode(config, stop: false);
        // Random weights seldom say </s>: an id they do say takes its place.
        int end = whole[5][7];
        int[][] cut = Decode(config with { EndOfSequenceId = end }, stop: true);
        for (int i = 0; i < whole.Length; i++)
        {
            int at = Array.IndexOf(whole[i], end);
            Assert.Equal(at < 0 ? whole[i] : whole[i][..(at + 1)], cut[i]);
        }
        // Otherwise the test would see one side only.
        Assert.InRange(cut.Count(static ids => ids.Length == 15), 1, 23);

        int[][] Decode(T5Config settings, bool stop)
        {
            using T5Model model = T5Model.Load(settings, weights, backend);
            using TensorScope scope = new();
            using Tape tape = new(backend, recording: false);
            return model.Generate(
                TinyModels.States(model, tape, sources).Value, TinyModels.OffsetsOf(sources), 15, stop);
        }
    }

    [Fact]
    public void Generate_NoTokensOrNoSources_IsEmpty()
    {
        using CpuBackend backend = new(1);
        using T5Model model = T5Model.Random(TinyModels.Smallest(gated: false), backend, seed: 1);
        using Tensor states = TensorData.FromSingles(backend, new float[16], 2, 8);
        using Tensor none = Tensor.Allocate(backend, 0, 8);
        Assert.All(model.Generate(states, SequenceOffsets.Uniform(2, 1), 0), Assert.Empty);
        Assert.Empty(model.Generate(none, SequenceOffsets.Uniform(0, 0), 5));
    }

    [Fact]
    public void Generate_SourcesTogetherOrAlone_GivesTheSameIds()
    {
        using CpuBackend backend = new(2);
        using T5Model model = T5Model.Load(Fixture.PathOf("tiny_v10"), backend);
        using TensorScope scope = new();
        using Tape tape = new(backend, recording: false);
        int[][] sources = TinyModels.Tokens(model.Config, [11, 2, 40], seed: 9);
        int[][] together = model.Generate(
            TinyModels.States(model, tape, sources).Value, TinyModels.OffsetsOf(sources), 10, stopAtEnd: false);
        for (int i = 0; i < sources.Length; i++)
        {
            int[][] alone = [sources[i]];
            Assert.Equal(
                together[i],
                model.Generate(
                    TinyModels.States(model, tape, alone).Value, TinyModels.OffsetsOf(alone), 10, stopAtEnd: false)[0]);
        }
    }

    [Fact]
    public void Decoding_SequencesJoinAndLeaveBetweenSteps_EachGivesItsOwnIds()
    {
        using CpuBackend backend = new(2);
        using T5Model model = T5Model.Load(Fixture.PathOf("tiny_v11"), backend);
        using TensorScope scope = new();
        using Tape tape = new(backend, recording: false);
        int[][] sources = TinyModels.Tokens(model.Config, [11, 2, 40, 7, 1, 19, 5, 23], seed: 9);
        int[][] alone = model.Generate(
            TinyModels.States(model, tape, sources).Value, TinyModels.OffsetsOf(sources), 12, stopAtEnd: false);
        List<int>[] ids = [.. sources.Select(static _ => new List<int>())];
        List<int> open = [];
        using GreedyDecoding sut = model.StartDecoding();
        Assert.Empty(sut.Step());
        for (int step = 0, next = 0; next < sources.Length || open.Count > 0; step++)
        {
            // Every other step one or two join; each leaves after a number of steps of its own, or all are gone at
            // once.
            for (int n = 0; n < step % 3 && next < sources.Length; n++, next++)
            {
                int[][] joining = [sources[next]];
                sut.Join(TinyModels.States(model, tape, joining).Value, TinyModels.OffsetsOf(joining));
                open.Add(next);
            }
            int[] last = sut.Step();
            Assert.Equal(open.Count, last.Length);
            for (int i = 0; i < last.Length; i++) ids[open[i]].Add(last[i]);
            int[] kept = [.. Enumerable.Range(0, open.Count).Where(i => ids[open[i]].Count < 1 + (open[i] * 5 % 12))];
            sut.Keep(kept);
            open = [.. kept.Select(place => open[place])];
        }
        for (int i = 0; i < sources.Length; i++) Assert.Equal(alone[i][..(1 + (i * 5 % 12))], ids[i]);
    }

    private static void SameAsUncached(T5Model model, int[][] sources, int steps)
    {
        using TensorScope scope = new();
        using Tape tape = new(model.Backend, recording: false);
        Variable states = TinyModels.States(model, tape, sources);
        SequenceOffsets offsets = TinyModels.OffsetsOf(sources);
        int[][] cached = model.Generate(states.Value, offsets, steps, stopAtEnd: false);
        int[][] prefixes = Array.ConvertAll(sources, _ => (int[])[model.Config.DecoderStartId]);
        for (int step = 0; step < steps; step++)
        {
            using TensorScope inner = new();
            Tensor logits = model.Decode(tape, TargetBatch.Create(prefixes, prefixes), states, offsets).Value;
            for (int i = 0; i < sources.Length; i++)
            {
                double[] row = logits.Slice(((i + 1) * (step + 1)) - 1, 1).ToDoubles();
                prefixes[i] = [.. prefixes[i], Array.IndexOf(row, row.Max())];
            }
        }
        for (int i = 0; i < sources.Length; i++) Assert.Equal(prefixes[i][1..], cached[i]);
    }
}
