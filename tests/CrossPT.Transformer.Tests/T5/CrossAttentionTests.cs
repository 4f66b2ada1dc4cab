using CrossPT.Autograd;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Transformer.Tests.T5;

/// <summary>
/// The two ways of cross-attention, and batches put together in different ways, give the same numbers.
/// </summary>
public sealed class CrossAttentionTests : IDisposable
{
    private readonly CpuBackend _backend = new(2);
    private readonly TensorScope _scope = new();

    // A long target beside a short one takes the whole batch from the reassociated to the projected way.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Decode_ReassociatedAndProjected_AgreeInLogitsAndGradients(bool gated)
    {
        T5Config config = TinyModels.Wide(gated);
        using T5Model model = T5Model.Random(config, _backend, seed: 51);
        int[][] sources = TinyModels.Tokens(config, [45, 17], seed: 52);
        int[][] targets = TinyModels.Tokens(config, [6, config.HeadWidth], seed: 53);
        (double[] logits, double[] gradient) reassociated = FirstOf(model, sources[..1], targets[..1]);
        (double[] logits, double[] gradient) projected = FirstOf(model, sources, targets);
        Numbers.Near(projected.logits, reassociated.logits, 1e-5, "logits");
        Numbers.Near(projected.gradient, reassociated.gradient, 1e-5, "gradient of the states");
    }

    [Theory]
    [InlineData("tiny_v10")]
    [InlineData("tiny_v11")]
    public void Decode_TinyHeads_AgreeInLogitsAndGradients(string fixture)
    {
        using T5Model model = T5Model.Load(Fixture.PathOf(fixture), _backend);
        int[][] sources = TinyModels.Tokens(model.Config, [9, 30], seed: 54);
        int[][] targets = TinyModels.Tokens(model.Config, [5, 9], seed: 55);
        (double[] logits, double[] gradient) reassociated = FirstOf(model, sources[..1], targets[..1]);
        (double[] logits, double[] gradient) projected = FirstOf(model, sources, targets);
        Numbers.Near(projected.logits, reassociated.logits, 1e-5, "logits");
        Numbers.Near(projected.gradient, reassociated.gradient, 2e-5, "gradient of the states");
    }

    // Input with padding: rows whose mask is 0 are dropped; the examples' states are those of the examples alone.
    [Theory]
    [InlineData("tiny_v10")]
    [InlineData("tiny_v11")]
    public void Encode_PaddingDropped_IsTheUnpaddedExamples(string fixture)
    {
        using T5Model model = T5Model.Load(Fixture.PathOf(fixture), _backend);
        int[][] examples = TinyModels.Tokens(model.Config, [4, 13, 1, 8], seed: 56);
        int[][] padded = Array.ConvertAll(examples, static ids => (int[])[0, 0, .. ids, .. new int[20 - ids.Length]]);
        int[][] mask = Array.ConvertAll(padded, static ids => Array.ConvertAll(ids, static id => id == 0 ? 0 : 1));
        int[][] dropped = [.. padded.Zip(mask, static (ids, keep) => ids.Where((_, t) => keep[t] != 0).ToArray())];
        using Tape tape = new(_backend, recording: false);
        double[] together = TinyModels.States(model, tape, dropped).Value.ToDoubles();
        double[] alone =
        [
            .. examples.SelectMany(example => TinyModels.States(model, tape, [example]).Value.ToDoubles()),
        ];
        Numbers.Near(alone, together, 1e-5, "states");
    }

    // A decoder is causal: what comes later in a target, padding too, does not change what came before.
    [Fact]
    public void Decode_TargetsFilledWithIgnoredPadding_GiveTheSameLoss()
    {
        using T5Model model = T5Model.Load(Fixture.PathOf("tiny_v10"), _backend);
        int[][] sources = TinyModels.Tokens(model.Config, [6, 11], seed: 57);
        int[][] targets = TinyModels.Tokens(model.Config, [3, 5], seed: 58);
        int[][] filled = Array.ConvertAll(
            targets, static ids => (int[])[.. ids, .. Enumerable.Repeat(TargetBatch.Ignored, 7 - ids.Length)]);
        using Tape tape = new(_backend, recording: false);
        Variable states = TinyModels.States(model, tape, sources);
        double[] losses = [.. ((int[][][])[targets, filled]).Select(
            batch =>
                model.Loss(tape, TargetBatch.Create(model.Config, batch), states, TinyModels.OffsetsOf(sources)).Value
                    .ToScalar())];
        Assert.Equal(losses[0], losses[1], 5);
    }

    public void Dispose()
    {
        _scope.Dispose();
        _backend.Dispose();
    }

    /// <summary>
    /// Logits of the first source's target, and the gradient of its states when only that target counts.
    /// </summary>
    private (double[] Logits, double[] Gradient) FirstOf(T5Model model, int[][] sources, int[][] targets)
    {
        using Tape tape = new(_backend);
        Tensor states;
        using (tape.NoGradient()) states = TinyModels.States(model, tape, sources).Value;
        using Variable leaf = Variable.Parameter(states);
        TargetBatch batch = TargetBatch.Create(model.Config, targets);
        float[] scales = new float[batch.Labels.Length];
        scales.AsSpan(0, targets[0].Length).Fill(1f / targets[0].Length);
        Variable logits = model.Decode(tape, batch, leaf, TinyModels.OffsetsOf(sources));
        double[] first = logits.Value.ToDoubles()[..(targets[0].Length * model.Config.VocabularySize)];
        Tensor labels = TensorData.FromInt32(_backend, batch.Labels, batch.Labels.Length);
        tape.Backward(tape.CrossEntropy(logits, labels, TensorData.FromSingles(_backend, scales, scales.Length)));
        return (first, leaf.Gradient!.ToDoubles()[..(sources[0].Length * model.Config.ModelWidth)]);
    }
}
