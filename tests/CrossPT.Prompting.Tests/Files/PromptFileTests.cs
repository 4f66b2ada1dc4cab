using System.Runtime.InteropServices;
using CrossPT.Prompting.Files;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;
using CrossPT.TestKit;

namespace CrossPT.Prompting.Tests.Files;

public sealed class PromptFileTests : IDisposable
{
    private static readonly float[] s_values = [1, 2, 3, 4, 5, 6, 7, 8];

    private readonly string _folder = Directory.CreateTempSubdirectory("crosspt-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Safetensors_WithOneMatrix_IsAPrompt() => Assert.Equal(s_values, PromptFile.Read(Save("a.safetensors", ("whatever", [4, 2])), 2));

    [Fact]
    public void Safetensors_WithSeveral_GoesByTheName() =>
        Assert.Equal(s_values, PromptFile.Read(Save("a.safetensors", ("optimizer", [2, 4]), ("prompt_embeddings", [4, 2])), 2));

    [Fact]
    public void Numpy_IsRead()
    {
        string path = Path.Combine(_folder, "a.npy");
        NpyFile.Write(path, DType.Float32, new Shape(4, 2), MemoryMarshal.AsBytes(s_values.AsSpan()).ToArray());
        Assert.Equal(s_values, PromptFile.Read(path, 2));
    }

    [Theory]
    [InlineData("""{"peft_type": "PROMPT_TUNING", "task_type": "SEQ_2_SEQ_LM"}""", 4)]
    [InlineData("""{"peft_type": "PROMPT_TUNING", "task_type": "SEQ_2_SEQ_LM", "num_transformer_submodules": null}""", 4)]
    [InlineData("""{"peft_type": "P_TUNING", "num_transformer_submodules": 2}""", 4)]
    [InlineData("""{"peft_type": "PROMPT_TUNING", "task_type": "SEQ_2_SEQ_LM", "num_transformer_submodules": 1}""", 8)]
    public void Adapter_GivesTheEncodersHalf(string config, int count)
    {
        WriteAdapter(config);
        Assert.Equal(s_values[..count], PromptFile.Read(_folder, 2));
    }

    [Theory]
    [InlineData("""{"peft_type": "LORA"}""", "LORA")]
    [InlineData("""{"peft_type": 7}""", "peft_type")]
    [InlineData("""{"peft_type": "PROMPT_TUNING", "num_transformer_submodules": 0}""", "submodules 0")]
    [InlineData("""{"peft_type": "PROMPT_TUNING", "num_transformer_submodules": 99999999999}""", "submodules 99999999999")]
    [InlineData("[]", "no object")]
    [InlineData("{", "no JSON")]
    public void Adapter_OfAnotherKind_IsRefused(string config, string words)
    {
        WriteAdapter(config);
        AssertFails(_folder, 2, words);
    }

    [Fact]
    public void Folder_WithoutAdapter_IsRefused() => AssertFails(_folder, 2, "adapter_config.json: is missing");

    [Fact]
    public void Width_OfAnotherModel_IsRefused() => AssertFails(Save("a.safetensors", ("prompt", [4, 2])), 3, "2 wide, expected 3");

    [Fact]
    public void SeveralMatrices_WithoutAKnownName_AreRefused() => AssertFails(Save("a.safetensors", ("a", [4, 2]), ("b", [4, 2])), 2, "2 matrices");

    [Fact]
    public void NoMatrix_IsRefused() => AssertFails(Save("a.safetensors", ("a", [8])), 2, "no matrix");

    [Fact]
    public void NotANumber_IsRefused()
    {
        string path = Path.Combine(_folder, "a.safetensors");
        new SafetensorsWriter().Add("prompt", DType.Float32, new Shape(2, 2), MemoryMarshal.AsBytes<float>(new[] { 1, 2, float.NaN, 4 }).ToArray()).Save(path);
        AssertFails(path, 2, "NaN in row 1");
    }

    [SharedFact("prompts/attempt-t5-base")]
    public void RealPrompts_AreRead() => Assert.All(
        Directory.GetFiles(SharedFolder.Path("prompts", "attempt-t5-base"), "*.pt"), path => Assert.Equal(100 * 768, PromptFile.Read(path, 768).Length));

    private static void AssertFails(string path, int width, string words) => Assert.Contains(words, Assert.Throws<TensorFileException>(() => PromptFile.Read(path, width)).Message);

    private string Save(string name, params (string Name, int[] Sizes)[] tensors)
    {
        string path = Path.Combine(_folder, name);
        SafetensorsWriter writer = new();
        foreach ((string tensor, int[] sizes) in tensors) writer.Add(tensor, DType.Float32, new Shape(sizes), MemoryMarshal.AsBytes(s_values.AsSpan()).ToArray());
        writer.Save(path);
        return path;
    }

    private void WriteAdapter(string config)
    {
        Save("adapter_model.safetensors", ("prompt_embeddings", [4, 2]));
        File.WriteAllText(Path.Combine(_folder, "adapter_config.json"), config);
    }
}
