using CrossPT.Prompting.Files;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Tests.Files;

public sealed class EncoderPromptTests : IDisposable
{
    private static readonly (string, int[], float[]) s_embedding = ("embedding.weight", [2, 2], [1, 2, 3, -4]);
    private static readonly (string, int[], float[])[] s_layers =
    [
        ("mlp.0.weight", [3, 2], [1, 0, 0, 1, 1, 1]), ("mlp.0.bias", [3], [0, 1, -1]),
        ("mlp.2.weight", [2, 3], [1, 2, 3, -1, 0, 1]), ("mlp.2.bias", [2], [10, 20]),
    ];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Embedding_AloneOrWithItsPlaces_IsThePrompt()
    {
        Assert.Equal([1, 2, 3, -4], Torch(s_embedding).Rows.ToArray());
        Assert.Equal(
            [1, 2, 3, -4], Torch(("input_ids", [2], [7, 8]), ("net_inps", [2], [0, 1]), s_embedding).Rows.ToArray());
    }

    [Fact]
    public void Mlp_IsEvaluated()
    {
        // Row 0: [1, 2] → [1, 3, 2] → [1 + 6 + 6 + 10, −1 + 2 + 20]. Row 1: [3, −4] → [3, −3, −2] → ReLU [3, 0, 0] →
        // [13, 17].
        SavedPrompt prompt = Torch([s_embedding, .. s_layers]);
        Assert.Equal([23, 21, 13, 17], prompt.Rows.ToArray());
        Assert.Contains("2 layers was evaluated with relu", Assert.Single(prompt.Notes));
    }

    [Fact]
    public void Mlp_WithGelu_UsesTheNormalDistribution()
    {
        // x·Φ(x) of 1, −0.5 and 3, to the digits of float32, from tables of Φ; the second layer passes them on.
        (string, int[], float[])[] state =
        [
            ("embedding.weight", [3, 1], [1, -0.5f, 3]), ("mlp.0.weight", [1, 1], [1]), ("mlp.0.bias", [1], [0]),
            ("mlp.2.weight", [1, 1], [1]), ("mlp.2.bias", [1], [0]),
        ];
        string path = PromptTensors.Torch(_folder.PathOf("a.pt"), state);
        float[] rows = PromptFile.Load(path, activation: EncoderActivation.Gelu).Rows.ToArray();
        Assert.Equal(0.8413447460685429, rows[0], 1e-7);
        Assert.Equal(-0.15426876936299344, rows[1], 1e-8);
        Assert.Equal(2.9959503059110903, rows[2], 3e-7);
        Assert.Equal([1, 0, 3], PromptFile.Load(path).Rows.ToArray());
    }

    [Fact]
    public void ThreeLayers_HaveTwoActivations()
    {
        // With this bias the second layer gives [23, −4] and [13, −8], of which ReLU leaves [23, 0] and [13, 0].
        (string, int[], float[])[] third =
        [
            ("mlp.2.bias", [2], [10, -5]), ("mlp.4.weight", [2, 2], [1, 1, 1, -1]), ("mlp.4.bias", [2], [1, 9]),
        ];
        Assert.Equal([24, 32, 14, 22], Torch([s_embedding, .. s_layers[..3], .. third]).Rows.ToArray());
    }

    [Theory]
    [InlineData("mlp.0.weight", "mlp.0.weight")]
    [InlineData("mlp.2.bias", "mlp.2.bias")]
    [InlineData("embedding.weight", "mlp.0.weight [3, 2]")]
    public void MissingPart_IsNamed(string left, string word)
    {
        (string Name, int[], float[])[] all = [s_embedding, .. s_layers];
        AssertFails(word, Array.FindAll(all, tensor => tensor.Name != left));
    }

    [Fact]
    public void Layers_ThatDoNotFollow_AreRefused()
    {
        AssertFails(
            "after 2 numbers a row", s_embedding, ("mlp.0.weight", [2, 3], [1, 2, 3, 4, 5, 6]),
            ("mlp.0.bias", [2], [1, 2]));
        AssertFails(
            "after 2 numbers a row", s_embedding, ("mlp.0.weight", [1, 2], [1, 2]), ("mlp.0.bias", [2], [1, 2]));
        AssertFails("mlp.1, expected mlp.0", s_embedding, ("mlp.1.weight", [1, 2], [1, 2]), ("mlp.1.bias", [1], [1]));
        AssertFails(
            "mlp.0.bias Float32 [1, 1], expected a vector", s_embedding, ("mlp.0.weight", [1, 2], [1, 2]),
            ("mlp.0.bias", [1, 1], [1]));
    }

    [Theory]
    [InlineData("lstm.weight_ih_l0")]
    [InlineData("router")]
    [InlineData("layer_norm.weight")]
    public void OtherParts_AreRefusedByName(string name) =>
        AssertFails($"{name} [2, 2]", s_embedding, (name, [2, 2], [1, 2, 3, 4]));

    [Fact]
    public void HugeEncoder_IsRefused_BeforeItComputesForHours()
    {
        const int size = 2000;
        AssertFails(
            "operations", ("embedding.weight", [10 * size, 1], new float[10 * size]),
            ("mlp.0.weight", [size * 5, 1], new float[size * 5]),
            ("mlp.0.bias", [size * 5], new float[size * 5]));
    }

    private void AssertFails(string words, params (string, int[], float[])[] tensors) =>
        Assert.Contains(words, Assert.Throws<TensorFileException>(() => Torch(tensors)).Message);

    private SavedPrompt Torch(params (string, int[], float[])[] tensors) =>
        PromptFile.Load(PromptTensors.Torch(_folder.PathOf("a.pt"), tensors));
}
