using CrossPT.Autograd;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Prompting.Training;
using CrossPT.Tensors.Reference;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Tests.Methods;

public sealed class FullFineTuningTests
{
    [Fact]
    public void Gradients_OfTheModelsWeights_EqualFiniteDifferences()
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Random(
            TinyModel.Config with { EncoderLayers = 1, DecoderLayers = 1, IsGated = true }, backend, seed: 1,
            trainable: true);
        using FullFineTuning sut = new(model, ["x", "y"]);
        Assert.Equal((0, 16, false), (sut.Length, sut.Width, sut.ReadsTexts));
        Assert.All(
            sut.Parameters, static one => Assert.Equal((ParameterRole.Model, "model"), (one.Role, one.ClipGroup)));
        Assert.Equal(model.Parameters.Select(static one => one.Name), sut.Parameters.Select(static one => one.Name));
        Batch batch = Batch.Create([(0, new([5, 9, 1], [])), (1, new([7, 1], []))], 0);
        TargetBatch targets = TargetBatch.Create(model.Config, [[8, 1], [9, 10, 1]]);
        GradientCheck.Assert(
            backend, tape => model.Loss(tape, targets, batch.Encode(tape, model, sut), batch.Sources),
            sut.Parameters.Select(static one => new NamedParameter(one.Name, one.Variable)),
            new GradientCheckOptions { MaxElements = 2, Directions = 1 });
    }

    [Fact]
    public void AFrozenModel_IsRefused()
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Random(TinyModel.Config, backend, seed: 1);
        Assert.Contains(
            "frozen", Assert.Throws<ArgumentException>(() => new FullFineTuning(model, ["x"])).Message,
            StringComparison.Ordinal);
    }
}
