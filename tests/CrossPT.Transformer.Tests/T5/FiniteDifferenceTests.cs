using CrossPT.Autograd;
using CrossPT.Tensors;
using CrossPT.Tensors.Reference;

namespace CrossPT.Transformer.Tests.T5;

/// <summary>
/// Gradients of every weight of a T5 that trains its own, in float64, against differences of the loss.
/// </summary>
public sealed class FiniteDifferenceTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradients_EveryElementOfASmallModel_AreTheDifferences(bool gated)
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Random(TinyModels.Smallest(gated), backend, seed: 61, trainable: true);
        // Two label strings of different lengths a source, an ignored label, sequences past the exact buckets.
        int[][] sources = TinyModels.Tokens(model.Config, [7, 3], seed: 62);
        int[][] targets = [[5, 6, 1], [7, TargetBatch.Ignored, 2, 1], [3, 1], [9, 8, 4, 11, 1]];
        Check(
            model, sources, TargetBatch.Create(model.Config, targets, perSource: 2),
            new GradientCheckOptions { MaxElements = null, Directions = 1 });
    }

    [Theory]
    [InlineData("tiny_v10")]
    [InlineData("tiny_v11")]
    public void Gradients_DirectionsInEveryWeightOfAFixture_AreTheDifferences(string fixture)
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Load(Fixture.PathOf(fixture), backend, trainable: true);
        int[][] sources = TinyModels.Tokens(model.Config, [6, 3], seed: 63);
        int[][] targets = TinyModels.Tokens(model.Config, [3, 4], seed: 64);
        // A small step, for a direction moves thousands of weights at once and must not take a ReLU over its kink.
        GradientCheckOptions options = new() { MaxElements = 0, Directions = 2, Step = 1e-6 };
        Check(model, sources, TargetBatch.Create(model.Config, targets), options);
    }

    // The reassociated cross-attention has a way back of its own; only its inputs are trained, for it is taken by
    // frozen weights.
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
        // Prompt rows before, between and after tokens; one row twice in an example.
        int[] ids = [0, 0, 5, 0, 7, 9, 3, 0], indices = [0, 1, -1, 2, -1, -1, -1, 1];
        SequenceOffsets sources = SequenceOffsets.FromLengths([5, 3]);
        foreach (int length in (int[])[2, 6])
        {
            TargetBatch targets = TargetBatch.Create(config, TinyModels.Tokens(config, [length, 2], seed: 67));
            GradientCheck.Assert(
                backend,
                tape => model.Loss(
                    tape, targets, model.Encode(tape, model.Embed(tape, ids, prompt, indices), sources), sources),
                [new NamedParameter("prompt", prompt)]);
        }
    }

    private static void Check(T5Model model, int[][] sources, TargetBatch targets, GradientCheckOptions options)
    {
        NamedParameter[] parameters =
        [
            .. model.Parameters.Select(static parameter => new NamedParameter(parameter.Name, parameter.Variable)),
        ];
        // Every number of the model is in one of them.
        Assert.Equal(Count(model.Config), parameters.Sum(static parameter => parameter.Variable.Value.Length));
        SequenceOffsets offsets = TinyModels.OffsetsOf(sources);
        GradientCheck.Assert(
            model.Backend, tape => model.Loss(tape, targets, TinyModels.States(model, tape, sources), offsets),
            parameters, options);
    }

    private static long Count(T5Config config)
    {
        long h = config.ModelWidth;
        long attention = 4 * h * config.AttentionWidth;
        long feed = (config.IsGated ? 3 : 2) * h * config.FeedForwardWidth;
        return (h * config.VocabularySize * (config.TieWordEmbeddings ? 1 : 2))
            + (2 * config.RelativeBuckets * config.Heads) + (2 * h)
            + (config.EncoderLayers * (attention + feed + (2 * h)))
            + (config.DecoderLayers * ((2 * attention) + feed + (3 * h)));
    }
}
