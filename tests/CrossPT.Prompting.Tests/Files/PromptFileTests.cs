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
    public void Safetensors_WithOneMatrix_IsAPrompt() =>
        Assert.Equal(s_values, PromptFile.Read(Save("a.safetensors", ("whatever", [4, 2])), 2));

    [Fact]
    public void Several_AreRefusedByName_AndChosenByName()
    {
        string path = Save("a.safetensors", ("optimizer", [2, 4]), ("prompt_embeddings", [4, 2]));
        AssertFails(path, 2, "holds 2 tensors (optimizer [2, 4], prompt_embeddings [4, 2])");
        Assert.Equal(
            (4, 2), (PromptFile.Load(path, "prompt_embeddings").Length, PromptFile.Load(path, "optimizer").Length));
        Assert.Contains(
            "has no prompt 'x'", Assert.Throws<TensorFileException>(() => PromptFile.Load(path, "x")).Message);
    }

    [Fact]
    public void VectorBesideThePrompt_IsRefusedByName() =>
        AssertFails(Save("a.safetensors", ("prompt", [4, 2]), ("scale", [8])), 2, "scale [8]");

    [Fact]
    public void Stack_HoldsPromptsByNumber()
    {
        string path = Save("a.safetensors", ("prefix_shared", [2, 2, 2]));
        AssertFails(path, 2, "holds 2 prompts (prefix_shared Float32 [2, 2, 2]), 0 to 1");
        Assert.Equal(s_values[4..], PromptFile.Load(path, "1").Rows.ToArray());
        Assert.Equal(["0", "1"], PromptFile.LoadAll(path).Select(static prompt => prompt.Name));
    }

    [Fact]
    public void Run_GoesByTask()
    {
        string path = Save(
            "prompts.safetensors", ("target.rte", [4, 2]), ("target.mrpc", [2, 4]), ("private.rte", [1, 8]),
            ("source.rte", [8, 1]), ("router.logits", [2, 4]));
        Assert.Contains(
            "target.rte, target.mrpc", Assert.Throws<TensorFileException>(() => PromptFile.Load(_folder)).Message);
        Assert.Equal(4, PromptFile.Load(_folder, "rte").Length);
        Assert.Equal(2, PromptFile.Load(path, "mrpc").Length);
        Assert.Equal(1, PromptFile.Load(path, "private.rte").Length);
        Assert.Equal(8, PromptFile.Load(path, "source.rte").Length);
        Assert.Equal(
            ["target.rte", "target.mrpc", "private.rte", "source.rte"],
            PromptFile.LoadAll(_folder).Select(static prompt => prompt.Name));
    }

    [Theory]
    [InlineData(
        "{ \"model\": { \"name\": \"t5-base\", \"path\": \"/models/t5-base\", \"sha256\": \"00\" } }",
        "/models/t5-base")]
    [InlineData("{ \"model\": { \"name\": \"t5-base\" } }", null)]
    [InlineData("{ \"model\": { \"name\": \"t5-base\", \"path\": 7 } }", null)]
    [InlineData("{ \"model\": 7 }", null)]
    [InlineData("{", null)]
    public void Run_OfOneTask_NeedsNoName_AndKnowsItsModel(string config, string? model)
    {
        Save("prompts.safetensors", ("target.rte", [4, 2]), ("private.rte", [4, 2]));
        File.WriteAllText(Path.Combine(_folder, "config.json"), config);
        SavedPrompt prompt = PromptFile.Load(_folder);
        Assert.Equal(("target.rte", model), (prompt.Name, prompt.BaseModel));
    }

    [Fact]
    public void OpenPrompt_LeavesTheVocabularyOut()
    {
        SavedPrompt prompt = PromptFile.Load(
            Save("a.safetensors", ("soft_embeds", [4, 2]), ("raw_embedding.weight", [4, 2])));
        Assert.Equal(s_values, prompt.Rows.ToArray());
        Assert.Contains("raw_embedding.weight", Assert.Single(prompt.Notes));
    }

    [Theory]
    [InlineData(DType.Float16)]
    [InlineData(DType.BFloat16)]
    [InlineData(DType.Float64)]
    public void OtherTypes_AreWidenedOrRounded(DType type)
    {
        using CrossPT.Tensors.Reference.ReferenceBackend backend = new();
        using Tensor tensor = TensorData.FromSingles(backend, s_values, 4, 2);
        string path = Path.Combine(_folder, "a.safetensors");
        new SafetensorsWriter().Add("prompt", tensor, type).Save(path);
        SavedPrompt prompt = PromptFile.Load(path);
        Assert.Equal(s_values, prompt.Rows.ToArray());
        Assert.Equal((type, type == DType.Float64 ? 1 : 0), (prompt.StoredType, prompt.Notes.Count));
    }

    [Fact]
    public void Numpy_IsRead()
    {
        string path = Path.Combine(_folder, "a.npy");
        NpyFile.Write(path, DType.Float32, new Shape(4, 2), MemoryMarshal.AsBytes(s_values.AsSpan()).ToArray());
        Assert.Equal(s_values, PromptFile.Read(path, 2));
    }

    [Theory]
    [InlineData("""{"peft_type": "PROMPT_TUNING", "task_type": "SEQ_2_SEQ_LM"}""", 4)]
    [InlineData("""
        {"peft_type": "PROMPT_TUNING", "task_type": "SEQ_2_SEQ_LM", "num_transformer_submodules": null}
        """, 4)]
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
    [InlineData(
        """{"peft_type": "PROMPT_TUNING", "num_transformer_submodules": 99999999999}""", "submodules 99999999999")]
    [InlineData("[]", "no object")]
    [InlineData("{", "no JSON")]
    public void Adapter_OfAnotherKind_IsRefused(string config, string words)
    {
        WriteAdapter(config);
        AssertFails(_folder, 2, words);
    }

    [Fact]
    public void Folder_WithoutAdapter_IsRefused() =>
        AssertFails(_folder, 2, "without adapter_config.json and prompts.safetensors");

    [Fact]
    public void Width_OfAnotherModel_IsRefused() =>
        AssertFails(Save("a.safetensors", ("prompt", [4, 2])), 3, "2 wide, expected 3");

    [Fact]
    public void SeveralMatrices_WithoutAKnownName_AreRefused() =>
        AssertFails(Save("a.safetensors", ("a", [4, 2]), ("b", [4, 2])), 2, "2 tensors");

    [Fact]
    public void NoMatrix_IsRefused() =>
        AssertFails(Save("a.safetensors", ("a", [8])), 2, "holds a Float32 [8], expected a prompt [P, H]");

    [Fact]
    public void NotANumber_IsRefused()
    {
        string path = Path.Combine(_folder, "a.safetensors");
        new SafetensorsWriter()
            .Add(
                "prompt", DType.Float32, new Shape(2, 2),
                MemoryMarshal.AsBytes<float>(new[] { 1, 2, float.NaN, 4 }).ToArray()).Save(path);
        AssertFails(path, 2, "NaN in row 1, column 0");
    }

    [Fact]
    public void Empty_IsRefused()
    {
        string path = Path.Combine(_folder, "a.pt");
        File.WriteAllBytes(path, []);
        AssertFails(path, 2, "is empty");
        new SafetensorsWriter().Save(Path.Combine(_folder, "none.safetensors"));
        AssertFails(Path.Combine(_folder, "none.safetensors"), 2, "holds no tensor");
        new SafetensorsWriter().Add("prompt", DType.Float32, new Shape(0, 2), Array.Empty<byte>()).Save(path);
        AssertFails(path, 2, "holds prompt Float32 [0, 2]");
        AssertFails(Path.Combine(_folder, "missing.pt"), 2, "missing.pt");
    }

    [Fact]
    public void RealPrompts_AreRead() => Assert.All(
        Directory.GetFiles(SharedFolder.Path("prompts", "attempt-t5-base"), "*.pt"),
        path => Assert.Equal(100 * 768, PromptFile.Read(path, 768).Length));

    private static void AssertFails(string path, int width, string words) =>
        Assert.Contains(words, Assert.Throws<TensorFileException>(() => PromptFile.Read(path, width)).Message);

    private string Save(string name, params (string Name, int[] Sizes)[] tensors)
    {
        string path = Path.Combine(_folder, name);
        SafetensorsWriter writer = new();
        foreach ((string tensor, int[] sizes) in tensors) writer.Add(
            tensor, DType.Float32, new Shape(sizes), MemoryMarshal.AsBytes(s_values.AsSpan()).ToArray());
        writer.Save(path);
        return path;
    }

    private void WriteAdapter(string config)
    {
        Save("adapter_model.safetensors", ("prompt_embeddings", [4, 2]));
        File.WriteAllText(Path.Combine(_folder, "adapter_config.json"), config);
    }
}
