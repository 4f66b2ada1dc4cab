using CrossPT.Autograd;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Transformer.Tests.T5;

/// <summary>Which checkpoints fit, under which names, and what is said of those that do not.</summary>
public sealed class CheckpointLoaderTests : IDisposable
{
    private const string Unused = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight";

    private readonly CpuBackend _backend = new(1);

    [Fact]
    public void Load_SeveralProblems_AreListedInOneError()
    {
        using Checkpoint checkpoint = Checkpoint.Of(Fixture.PathOf("tiny_v10", "model.safetensors"))
            .Without(
                "encoder.block.1.layer.0.SelfAttention.k.weight", "decoder.final_layer_norm.weight",
                "encoder.block.0.layer.1.DenseReluDense.wo.weight")
            .With("encoder.block.0.layer.1.DenseReluDense.wo.weight", new Shape(64, 32))
            .With("encoder.block.7.layer.0.SelfAttention.k.weight", new Shape(32, 32));
        string message = Refused("tiny_v10", checkpoint);
        Assert.StartsWith(
            "model.safetensors does not fit the configuration in 4 places: ", message, StringComparison.Ordinal);
        foreach (string problem in (string[])[
            "encoder.block.1.layer.0.SelfAttention.k.weight [32, 32] is missing",
            "decoder.final_layer_norm.weight [32] is missing",
            "encoder.block.0.layer.1.DenseReluDense.wo.weight is [64, 32], expected [32, 64]",
            "encoder.block.7.layer.0.SelfAttention.k.weight [32, 32] is left over"])
            Assert.Contains(problem, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("shared.weight", "shared.weight [128, 32] is missing")]
    [InlineData(
        "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
        "relative_attention_bias.weight [32, 4] is missing")]
    public void Load_OneMissing_IsNamedWithItsShape(string name, string expected)
    {
        using Checkpoint checkpoint = Checkpoint.Of(Fixture.PathOf("tiny_v10", "model.safetensors")).Without(name);
        string message = Refused("tiny_v10", checkpoint);
        Assert.Contains("in 1 place: ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Load_ShapeOfAnotherRank_IsRefused(int rank)
    {
        const string name = "encoder.block.0.layer.0.SelfAttention.q.weight";
        Shape shape = rank == 1 ? new Shape(1024) : new Shape(32, 32, 1);
        using Checkpoint checkpoint = Checkpoint.Of(Fixture.PathOf("tiny_v10", "model.safetensors")).Without(name)
            .With(name, shape);
        Assert.Contains(
            $"{name} is {shape}, expected [32, 32]", Refused("tiny_v10", checkpoint), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DType.Int32)]
    [InlineData(DType.Int64)]
    public void Load_IntegerWeights_AreRefused(DType type)
    {
        const string name = "decoder.block.1.layer.2.layer_norm.weight";
        using Checkpoint checkpoint = Checkpoint.Of(Fixture.PathOf("tiny_v10", "model.safetensors")).Without(name)
            .With(name, new Shape(32), type);
        Assert.Contains(
            $"{name} holds {type}, expected floating-point numbers", Refused("tiny_v10", checkpoint),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Load_UntiedWithoutHead_IsRefused()
    {
        using Checkpoint checkpoint = Checkpoint.Of(Fixture.PathOf("tiny_v11", "model.safetensors"))
            .Without("lm_head.weight");
        Assert.Contains(
            "lm_head.weight [160, 48] is missing", Refused("tiny_v11", checkpoint), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_CheckpointOfTheOtherVersion_ListsBothSides()
    {
        using Checkpoint checkpoint = Checkpoint.Of(Fixture.PathOf("tiny_v11", "model.safetensors"));
        string message = Refused("tiny_v10", checkpoint);
        Assert.Contains(
            "encoder.block.0.layer.1.DenseReluDense.wi.weight [64, 32] is missing", message, StringComparison.Ordinal);
        Assert.Contains("shared.weight is [160, 48], expected [128, 32]", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_HundredsOfProblems_NamesTheFirstAndCountsTheRest()
    {
        using Checkpoint checkpoint = Checkpoint.Of(Fixture.PathOf("tiny_v10", "model.safetensors"));
        T5Config config = T5Config.Load(Fixture.PathOf("tiny_v10")) with { EncoderLayers = 40 };
        string message = Assert.Throws<T5FormatException>(() => T5Model.Load(config, checkpoint, _backend)).Message;
        Assert.EndsWith($"; and {(38 * 8) - 100} more", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_LeftoverWithAnOddName_StaysOnOneLine()
    {
        using Checkpoint checkpoint = Checkpoint.Of(Fixture.PathOf("tiny_v10", "model.safetensors"))
            .With("a\nb\u001b" + new string('x', 5000), new Shape(1));
        using T5Model model = T5Model.Load(T5Config.Load(Fixture.PathOf("tiny_v10")), checkpoint, _backend);
        string message = Assert.Single(model.Warnings);
        Assert.DoesNotContain(message, char.IsControl);
        Assert.InRange(message.Length, 20, 600);
    }

    // What Hugging Face itself ignores, ties, or stores once of several names.
    [Theory]
    [InlineData("tiny_v10", Unused, "encoder.embed_tokens.weight", "decoder.embed_tokens.weight")]
    [InlineData("tiny_v11", Unused, "encoder.embed_tokens.weight", "decoder.embed_tokens.weight")]
    public void Load_OtherEmbeddings_AreNotUsedAndNamed(string fixture, string unused, params string[] duplicates)
    {
        T5Config config = T5Config.Load(Fixture.PathOf(fixture));
        using Checkpoint checkpoint = Checkpoint.Of(Fixture.PathOf(fixture, "model.safetensors"))
            .With(unused, new Shape(config.RelativeBuckets, config.Heads));
        foreach (string name in duplicates) checkpoint.With(name, new Shape(config.VocabularySize, config.ModelWidth));
        Assert.Equal(
            Logits(config, Checkpoint.Of(Fixture.PathOf(fixture, "model.safetensors"))), Logits(config, checkpoint));
        using T5Model model = T5Model.Load(config, checkpoint, _backend);
        Assert.Equal(duplicates.Length, model.Warnings.Count);
        foreach ((string name, string warning) in duplicates.Zip(model.Warnings))
            Assert.Contains($"{name} differs from shared.weight", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tiny_v10", "encoder.embed_tokens.weight")]
    [InlineData("tiny_v10", "decoder.embed_tokens.weight")]
    [InlineData("tiny_v10", "lm_head.weight")]
    [InlineData("tiny_v11", "encoder.embed_tokens.weight")]
    [InlineData("tiny_v11", "decoder.embed_tokens.weight")]
    public void Load_EmbeddingUnderAnotherOfItsNames_IsFound(string fixture, string name)
    {
        T5Config config = T5Config.Load(Fixture.PathOf(fixture));
        double[] expected = Logits(config, Checkpoint.Of(Fixture.PathOf(fixture, "model.safetensors")));
        Assert.Equal(
            expected,
            Logits(config, Checkpoint.Of(Fixture.PathOf(fixture, "model.safetensors")).Renamed("shared.weight", name)));
    }

    [Fact]
    public void Load_HeadAloneOfAnUntiedModel_IsNoEmbedding()
    {
        using Checkpoint checkpoint = Checkpoint.Of(Fixture.PathOf("tiny_v11", "model.safetensors"))
            .Without("shared.weight");
        Assert.Contains(
            "shared.weight [160, 48] is missing", Refused("tiny_v11", checkpoint), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("decoder.block.1.layer.1.EncDecAttention.relative_attention_bias.weight")]
    [InlineData("encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight")]
    [InlineData("lm_head.bias")]
    public void Load_OtherNames_AreLeftOver(string name)
    {
        using Checkpoint checkpoint = Checkpoint.Of(Fixture.PathOf("tiny_v10", "model.safetensors"))
            .With(name, new Shape(32, 4));
        Assert.Contains($"{name} [32, 4] is left over", Refused("tiny_v10", checkpoint), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_Refused_GivesMemoryBack()
    {
        using Checkpoint checkpoint = Checkpoint.Of(Fixture.PathOf("tiny_v10", "model.safetensors"))
            .Without("shared.weight");
        for (int i = 0; i < 3; i++)
        {
            Refused("tiny_v10", checkpoint, trainable: i == 2);
            Assert.Equal(0, _backend.UsedBytes);
        }
    }

    public void Dispose() => _backend.Dispose();

    private string Refused(string fixture, Checkpoint checkpoint, bool trainable = false)
        => Assert.Throws<T5FormatException>(
            () => T5Model.Load(T5Config.Load(Fixture.PathOf(fixture)), checkpoint, _backend, trainable)).Message;

    private double[] Logits(T5Config config, Checkpoint checkpoint)
    {
        using T5Model model = T5Model.Load(config, checkpoint, _backend);
        using TensorScope scope = new();
        using Tape tape = new(_backend, recording: false);
        int[][] sources = TinyModels.Tokens(config, [8, 3], seed: 73);
        int[][] targets = TinyModels.Tokens(config, [4, 2], seed: 74);
        return model.Decode(
            tape, TargetBatch.Create(config, targets), TinyModels.States(model, tape, sources),
            TinyModels.OffsetsOf(sources)).Value.ToDoubles();
    }
}
