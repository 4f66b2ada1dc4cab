using CrossPT.Autograd;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Reference;

namespace CrossPT.Transformer.Tests.T5;

public sealed class TrainingDropoutTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradients_PromptOfAFrozenModel_AreTheDifferences(bool gated)
    {
        using ReferenceBackend backend = new();
        T5Config config = TinyModels.Smallest(gated);
        using T5Model model = T5Model.Random(config, backend, seed: 65);
        using Variable prompt = Variable.Parameter(
            TensorData.FromSingles(
                backend, TinyModels.Gaussians(3 * config.ModelWidth, seed: 66), 3, config.ModelWidth));
        TrainingDropout dropout = new(0.25, 9, 4);
        int[] ids = [0, 0, 5, 0, 7, 9, 3, 0], indices = [0, 1, -1, 2, -1, -1, -1, 1];
        SequenceOffsets sources = SequenceOffsets.FromLengths([5, 3]);
        // Both ways of cross-attention: targets shorter than a head is wide, and longer.
        foreach (int length in (int[])[2, 6])
        {
            TargetBatch targets = TargetBatch.Create(config, TinyModels.Tokens(config, [length, 2], seed: 67));
            GradientCheck.Assert(
                backend,
                tape => model.Loss(
                    tape, targets, model.Encode(tape, model.Embed(tape, ids, prompt, indices), sources, dropout),
                    sources, dropout: dropout),
                [new NamedParameter("prompt", prompt)]);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradients_DirectionsInEveryWeight_AreTheDifferences(bool gated)
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Random(TinyModels.Smallest(gated), backend, seed: 61, trainable: true);
        TrainingDropout dropout = new(0.1, 2, 7);
        int[][] sources = TinyModels.Tokens(model.Config, [7, 3], seed: 62);
        SequenceOffsets offsets = TinyModels.OffsetsOf(sources);
        TargetBatch targets = TargetBatch.Create(model.Config, [[5, 6, 1], [3, 1]]);
        int[] ids = [.. sources.SelectMany(static source => source)];
        GradientCheck.Assert(
            backend,
            tape => model.Loss(
                tape, targets, model.Encode(tape, model.Embed(tape, ids), offsets, dropout), offsets, dropout: dropout),
            [.. model.Parameters.Select(static one => new NamedParameter(one.Name, one.Variable))],
            new GradientCheckOptions { MaxElements = 0, Directions = 2, Step = 1e-6 });
    }

    // The encoder written out, with every dropout where Hugging Face's T5Stack, T5Attention and T5DenseActDense have
    // it.
    [Fact]
    public void Encode_IsTheEncoderWrittenOut()
    {
        using ReferenceBackend backend = new();
        T5Config config = TinyModels.Smallest(gated: false) with { EncoderLayers = 1 };
        using T5Model model = T5Model.Random(config, backend, seed: 71, trainable: true);
        Dictionary<string, Variable> weights = model.Parameters.ToDictionary(
            static one => one.Name, static one => one.Variable);
        TrainingDropout dropout = new(0.3, 5, 6);
        int[] ids = [4, 9, 2, 17, 11, 3];
        SequenceOffsets rows = SequenceOffsets.FromLengths([4, 2]);
        using TensorScope scope = new();
        using Tape tape = new(backend, recording: false);
        double[] states = model.Encode(tape, model.Embed(tape, ids), rows, dropout).Value.ToDoubles();

        const string block = "encoder.block.0.layer.";
        int reach = 16;
        Tensor buckets = TensorData.FromInt32(
            backend,
            [.. Enumerable.Range(-reach, (2 * reach) + 1)
                .Select(
                    distance => RelativePosition.Bucket(
                        distance, bidirectional: true, config.RelativeBuckets, config.RelativeMaxDistance))],
                            (2 * reach) + 1);
        PositionBiasVariable bias = new(
            weights[$"{block}0.SelfAttention.relative_attention_bias.weight"], buckets, reach);
        Variable x = Drop(model.Embed(tape, ids), DropoutPlace.Embedding);
        AttentionLayout layout = new(rows, rows, config.Heads, config.HeadWidth, Causal: false)
        {
            Dropout = dropout.At(false, 0, DropoutPlace.SelfProbabilities),
        };
        Variable attended = tape.SelfAttention(
            tape.Linear(Norm(x, $"{block}0.layer_norm.weight"), weights[$"{block}0.SelfAttention.q.weight"]), layout,
            bias);
        x = tape.Add(
            x, Drop(tape.Linear(attended, weights[$"{block}0.SelfAttention.o.weight"]), DropoutPlace.SelfOutput));
        Variable hidden = Drop(
            tape.Relu(
                tape.Linear(Norm(x, $"{block}1.layer_norm.weight"), weights[$"{block}1.DenseReluDense.wi.weight"])),
                    DropoutPlace.Hidden);
        x = tape.Add(
            x,
            Drop(tape.Linear(hidden, weights[$"{block}1.DenseReluDense.wo.weight"]), DropoutPlace.FeedForwardOutput));
        x = Drop(Norm(x, "encoder.final_layer_norm.weight"), DropoutPlace.Final);
        Numbers.Near(x.Value.ToDoubles(), states, 1e-12, "states");
        Assert.Contains(0.0, states);
        Assert.NotEqual(states, model.Encode(tape, model.Embed(tape, ids), rows).Value.ToDoubles());

        Variable Drop(Variable value, DropoutPlace place) => tape.Dropout(value, dropout.At(false, 0, place));
        Variable Norm(Variable value, string name) => tape.RmsNorm(value, weights[name], config.Epsilon);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Steps_AnyThreads_AreEqualToTheLastBit_AndOfTheStep(bool gated)
    {
        double[] one = Train(gated, 1, new TrainingDropout(0.1, 3, 5));
        Assert.Equal(one, Train(gated, 2, new TrainingDropout(0.1, 3, 5)));
        Assert.Equal(one, Train(gated, 3, new TrainingDropout(0.1, 3, 5)));
        Assert.NotEqual(one, Train(gated, 2, new TrainingDropout(0.1, 3, 6)));
        Assert.NotEqual(one, Train(gated, 2, new TrainingDropout(0.1, 4, 5)));
        // A rate of 0 is no dropout at all.
        Assert.Equal(Train(gated, 2, null), Train(gated, 2, new TrainingDropout(0, 3, 5)));
    }

    // A long target beside a short one takes the batch from the reassociated to the projected way: the masks are the
    // same ones.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Decode_ReassociatedAndProjected_DropTheSame(bool gated)
    {
        using CpuBackend backend = new(2);
        T5Config config = TinyModels.Wide(gated);
        using T5Model model = T5Model.Random(config, backend, seed: 51);
        int[][] sources = TinyModels.Tokens(config, [45, 17], seed: 52);
        int[][] targets = TinyModels.Tokens(config, [6, config.HeadWidth], seed: 53);
        TrainingDropout dropout = new(0.2, 8, 1);
        Numbers.Near(First(sources, targets), First(sources[..1], targets[..1]), 2e-5, "logits");

        double[] First(int[][] texts, int[][] labels)
        {
            using TensorScope scope = new();
            using Tape tape = new(backend, recording: false);
            Variable states = TinyModels.States(model, tape, texts);
            double[] logits = model.Decode(
                tape, TargetBatch.Create(config, labels), states, TinyModels.OffsetsOf(texts), dropout).Value
                    .ToDoubles();
            return logits[..(labels[0].Length * config.VocabularySize)];
        }
    }

    [Fact]
    public void EveryPlace_HasItsOwnStream()
    {
        HashSet<ulong> streams = [];
        foreach (int step in (int[])[0, 1, 399])
        {
            TrainingDropout dropout = new(0.1, 1, step);
            foreach (bool decoder in (bool[])[false, true])
            {
                for (int block = 0; block < 24; block++)
                {
                    foreach (DropoutPlace place in Enum.GetValues<DropoutPlace>())
                        Assert.True(streams.Add(dropout.At(decoder, block, place)!.Value.Stream));
                }
            }
        }
        Assert.Throws<ArgumentException>(() => new TrainingDropout(1, 1, 0));
        Assert.Throws<ArgumentException>(() => new TrainingDropout(double.NaN, 1, 0));
        Assert.Throws<ArgumentException>(() => new TrainingDropout(0.1, 1, -1));
    }

    private static double[] Train(bool gated, int threads, TrainingDropout? dropout)
    {
        using CpuBackend backend = new(threads);
        T5Config config = TinyModels.Wide(gated);
        using T5Model model = T5Model.Random(config, backend, seed: 81);
        using Variable prompt = Variable.Parameter(
            TensorData.FromSingles(
                backend, TinyModels.Gaussians(7 * config.ModelWidth, 82, 0.5), 7, config.ModelWidth));
        int[][] texts = TinyModels.Tokens(config, [61, 3, 128, 17], seed: 83);
        int[] ids = [.. texts.SelectMany(static text => (int[])[.. new int[7], .. text])];
        int[] indices =
        [
            .. texts.SelectMany(
                static text => (int[])[.. Enumerable.Range(0, 7), .. Enumerable.Repeat(-1, text.Length)]),
        ];
        SequenceOffsets sources = SequenceOffsets.FromLengths(Array.ConvertAll(texts, static text => 7 + text.Length));
        using TensorScope scope = new();
        using Tape tape = new(backend);
        Tensor rowLosses = Tensor.Allocate(backend, 10);
        Variable states = model.Encode(tape, model.Embed(tape, ids, prompt, indices), sources, dropout);
        Variable loss = model.Loss(
            tape, TargetBatch.Create(config, TinyModels.Tokens(config, [4, 2, 3, 1], 84)), states, sources,
            dropout: dropout, rowLosses: rowLosses);
        double value = loss.Value.ToScalar();
        Assert.Equal(value, rowLosses.ToDoubles().Average(), tolerance: 5e-6);
        tape.Backward(loss);
        return [value, .. prompt.Gradient!.ToDoubles()];
    }
}
