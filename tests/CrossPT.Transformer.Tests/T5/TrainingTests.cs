using CrossPT.Autograd;
using CrossPT.Autograd.Optimization;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Transformer.Tests.T5;

/// <summary>A T5 that trains its own weights learns, and survives being written to disk.</summary>
public sealed class TrainingTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("crosspt-t5-");
    private readonly CpuBackend _backend = new(1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Training_CopyTaskFromScratch_IsLearned(bool gated)
    {
        T5Config config = new()
        {
            VocabularySize = 24, ModelWidth = 32, HeadWidth = 8, Heads = 4, FeedForwardWidth = 64, EncoderLayers = 1,
            DecoderLayers = 2,
            IsGated = gated, TieWordEmbeddings = !gated,
        };
        using T5Model model = T5Model.Random(config, _backend, seed: 71, trainable: true);
        int[][] sources = TinyModels.Tokens(config, [5, 3, 4, 6, 2, 5, 4, 3], seed: 72);
        int[][] targets = Array.ConvertAll(sources, ids => (int[])[.. ids, config.EndOfSequenceId]);
        TargetBatch batch = TargetBatch.Create(config, targets);
        using AdamW optimizer = new([new ParameterGroup(
            "all", model.Parameters.Select(static parameter => new NamedParameter(parameter.Name, parameter.Variable)),
            learningRate: 3e-3, maxGradientNorm: 1)]);
        double first = 0, last = 0;
        for (int step = 0; step < 120; step++)
        {
            using TensorScope scope = new();
            using Tape tape = new(_backend);
            Variable loss = model.Loss(
                tape, batch, TinyModels.States(model, tape, sources), TinyModels.OffsetsOf(sources));
            last = loss.Value.ToScalar();
            if (step == 0) first = last;
            tape.Backward(loss);
            optimizer.Step();
        }
        Assert.True(first > 2 && last < 0.05, $"the loss went from {first:R} to {last:R}");

        using TensorScope outer = new();
        using Tape forward = new(_backend, recording: false);
        Assert.Equal(
            targets,
            model.Generate(TinyModels.States(model, forward, sources).Value, TinyModels.OffsetsOf(sources), 8));
        AfterSaving(model, trainable: true, tolerance: 0);
        AfterSaving(model, trainable: false, tolerance: 1e-5);
    }

    [Theory]
    [InlineData("tiny_v10")]
    [InlineData("tiny_v11")]
    [InlineData("tiny_v10_fp16")]
    public void Save_FrozenFixture_LoadsAgainBitForBit(string fixture)
    {
        using T5Model model = T5Model.Load(Fixture.PathOf(fixture), _backend);
        AfterSaving(model, trainable: false, tolerance: 0);
        AfterSaving(model, trainable: true, tolerance: 1e-5);
        Assert.Equal(model.Config, T5Config.Load(_folder.FullName));
        Assert.Empty(model.Parameters);
    }

    [Theory]
    [InlineData("tiny_v10")]
    [InlineData("tiny_v11_sharded")]
    public void Load_FrozenAndTrainable_GiveTheSameLogits(string fixture)
    {
        using T5Model frozen = T5Model.Load(Fixture.PathOf(fixture), _backend);
        using T5Model trained = T5Model.Load(Fixture.PathOf(fixture), _backend, trainable: true);
        Numbers.Near(Logits(frozen), Logits(trained), 1e-5, "logits");
    }

    public void Dispose()
    {
        _backend.Dispose();
        _folder.Delete(recursive: true);
    }

    private void AfterSaving(T5Model model, bool trainable, double tolerance)
    {
        model.Save(_folder.FullName);
        using T5Model loaded = T5Model.Load(_folder.FullName, _backend, trainable);
        Numbers.Near(Logits(model), Logits(loaded), tolerance, trainable ? "logits, trainable" : "logits, frozen");
    }

    private double[] Logits(T5Model model)
    {
        using TensorScope scope = new();
        using Tape tape = new(_backend, recording: false);
        int[][] sources = TinyModels.Tokens(model.Config, [8, 3], seed: 73);
        int[][] targets = TinyModels.Tokens(model.Config, [4, 2], seed: 74);
        return model.Decode(
            tape, TargetBatch.Create(model.Config, targets), TinyModels.States(model, tape, sources),
            TinyModels.OffsetsOf(sources)).Value.ToDoubles();
    }
}
