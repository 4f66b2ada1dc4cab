using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Transformer.Tests.T5;

public sealed class MemoryTests
{
    [Fact]
    public void Steps_RaggedBatches_HoldNoMoreMemoryAfterWarmUp()
    {
        using CpuBackend backend = new(2);
        using T5Model model = T5Model.Random(TinyModels.Wide(gated: true), backend, seed: 91);
        using PromptSteps steps = new(model, rows: 5, seed: 92);
        CounterRandom random = new(93);
        for (int step = 0; step < 4; step++) Step(longest: 160);
        long reserved = backend.ReservedBytes, used = backend.UsedBytes;
        for (int step = 0; step < 16; step++)
        {
            Step(longest: 20 + random.NextInt32(140));
            Assert.Equal((reserved, used), (backend.ReservedBytes, backend.UsedBytes));
        }

        void Step(int longest)
        {
            int[] lengths = [longest, .. Enumerable.Range(0, 7).Select(_ => 1 + random.NextInt32(longest))];
            steps.Run(
                TinyModels.Tokens(model.Config, lengths, 94),
                TinyModels.Tokens(model.Config, [2, 1, 4, 2, 3, 2, 2, 1], 95));
        }
    }

    [Fact]
    public void Generation_AgainAndAgain_HoldsNoMoreMemory()
    {
        using CpuBackend backend = new(1);
        using T5Model model = T5Model.Load(Fixture.PathOf("tiny_v11"), backend);
        using Tensor states = TensorData.FromSingles(backend, TinyModels.Gaussians(40 * 48, seed: 96), 40, 48);
        long[] used = new long[4], reserved = new long[4];
        for (int i = 0; i < used.Length; i++)
        {
            model.Generate(states, SequenceOffsets.FromLengths([30, 10]), 140, stopAtEnd: false);
            model.Rank(states, SequenceOffsets.FromLengths([30, 10]), [[5, 1], [6, 7, 1]]);
            (used[i], reserved[i]) = (backend.UsedBytes, backend.ReservedBytes);
        }
        Assert.Equal([used[0], used[0], used[0]], used[1..]);
        Assert.Equal([reserved[0], reserved[0], reserved[0]], reserved[1..]);
    }

    // Scores of one head over 3,000 tokens would alone be 36 MB; all that is kept is some numbers a token.
    [Fact]
    public void Step_TwiceTheTokens_HoldsTwiceTheMemoryAtMost()
    {
        T5Config config = new()
        {
            VocabularySize = 50, ModelWidth = 32, HeadWidth = 16, Heads = 2, FeedForwardWidth = 64, EncoderLayers = 2,
            DecoderLayers = 1, RelativeBuckets = 32,
        };
        (long forward, long reserved) once = Measure(1500), twice = Measure(3000);
        Assert.True(
            twice.forward <= 2.1 * once.forward,
            $"{once.forward} bytes after the forward pass, {twice.forward} with twice the tokens");
        Assert.True(
            twice.reserved <= 2 * once.reserved,
            $"{once.reserved} bytes reserved, {twice.reserved} with twice the tokens");

        (long, long) Measure(int tokens)
        {
            using CpuBackend backend = new(1);
            using T5Model model = T5Model.Random(config, backend, seed: 97);
            using PromptSteps steps = new(model, rows: 4, seed: 98);
            long before = backend.UsedBytes, forward = 0;
            steps.Run(
                TinyModels.Tokens(config, [tokens], 99), [[5, 1]],
                beforeBackward: () => forward = backend.UsedBytes - before);
            return (forward, backend.ReservedBytes);
        }
    }
}
