using System.Text.Json;
using CrossPT.Prompting.Files;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Tests.Files;

public sealed class PromptExportTests : IDisposable
{
    // The last digits of each, a negative zero and the ends of the range.
    private static readonly SavedPrompt s_prompt = new(
        "rte", [1f / 3, -0f, float.MaxValue, float.Epsilon, -1e-20f, 6], 3);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EveryFormat_ComesBackToTheSameBits()
    {
        PromptExport.ToSafetensors(s_prompt, _folder.PathOf("a.safetensors"), "t5-base");
        PromptExport.ToNpy(s_prompt, _folder.PathOf("a.npy"));
        PromptExport.ToPeft(s_prompt, _folder.PathOf("a"), "t5-base");
        foreach (string name in (string[])["a.safetensors", "a.npy", "a"])
        {
            SavedPrompt back = PromptFile.Load(_folder.PathOf(name));
            Assert.Equal(Bits(s_prompt), Bits(back));
            Assert.Equal(
                (s_prompt.Sha256, 2, 3, name == "a.npy" ? null : "t5-base"),
                (back.Sha256, back.Length, back.Width, back.BaseModel));
            Assert.Empty(back.Notes);
        }
    }

    [Fact]
    public void Peft_WritesWhatItsLoaderAsksFor()
    {
        string folder = _folder.PathOf("adapter");
        PromptExport.ToPeft(
            s_prompt, folder, "t5-small", new T5Config { ModelWidth = 3, Heads = 8, EncoderLayers = 6 });
        Assert.Equal(
            ["adapter_config.json", "adapter_model.safetensors"],
            Directory.GetFiles(folder).Select(Path.GetFileName).Order());
        JsonElement config =
            JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "adapter_config.json"))).RootElement;
        Assert.Equal("PROMPT_TUNING", config.GetProperty("peft_type").GetString());
        Assert.Equal("SEQ_2_SEQ_LM", config.GetProperty("task_type").GetString());
        Assert.Equal("t5-small", config.GetProperty("base_model_name_or_path").GetString());
        Assert.Equal(
            (2, 3, 1), (Number("num_virtual_tokens"), Number("token_dim"), Number("num_transformer_submodules")));
        Assert.Equal((8, 6), (Number("num_attention_heads"), Number("num_layers")));
        using SafetensorsFile weights = SafetensorsFile.Open(Path.Combine(folder, "adapter_model.safetensors"));
        TensorEntry entry = Assert.Single(weights.Entries);
        Assert.Equal(("prompt_embeddings", DType.Float32, new Shape(2, 3)), (entry.Name, entry.DType, entry.Shape));
        Assert.Equal("pt", weights.Metadata["format"]);

        int Number(string key) => config.GetProperty(key).GetInt32();
    }

    [Theory]
    [InlineData(PeftObstacle.PromptPerExample, "another prompt for each example")]
    [InlineData(PeftObstacle.EmbeddingUpdate, "update of the model's embeddings")]
    [InlineData(PeftObstacle.NotBeforeText, "do not stand before the text")]
    public void Peft_OfMoreThanRowsBeforeTheText_IsRefusedByName(PeftObstacle obstacle, string words)
    {
        string folder = _folder.PathOf("adapter");
        Assert.Contains(
            words,
            Assert.Throws<PromptExportException>(
                () => PromptExport.ToPeft(s_prompt, folder, obstacle: obstacle)).Message);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Fact]
    public void Peft_OverSomethingElse_LeavesItAsItWas()
    {
        string file = _folder.Write("adapter", "mine");
        string folder = Directory.CreateDirectory(_folder.PathOf("folder")).FullName;
        Assert.Contains(
            "is a file", Assert.Throws<PromptExportException>(() => PromptExport.ToPeft(s_prompt, file)).Message);
        Assert.Contains(
            "exists already",
            Assert.Throws<PromptExportException>(() => PromptExport.ToPeft(s_prompt, folder)).Message);
        Assert.Contains(
            "does not exist",
            Assert.Throws<PromptExportException>(
                () => PromptExport.ToPeft(s_prompt, _folder.PathOf("none/adapter"))).Message);
        Assert.Equal("mine", File.ReadAllText(file));
        Assert.Equal(2, Directory.GetFileSystemEntries(_folder.FullName).Length);
    }

    [Fact]
    public void Peft_ForAnotherWidth_IsRefused() => Assert.Contains(
        "3 wide, expected 512",
        Assert.Throws<PromptExportException>(
            () => PromptExport.ToPeft(s_prompt, _folder.PathOf("a"), model: new T5Config())).Message);

    [Fact]
    public void Folder_ThatCannotBeFilled_IsNotThere()
    {
        Assert.Throws<IOException>(() => NewFolder.Write(_folder.PathOf("a"), static folder =>
        {
            File.WriteAllText(Path.Combine(folder, "half"), "");
            throw new IOException("disk full");
        }));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Prompt_OfOtherThanNumbers_IsNone(float value) =>
        Assert.Throws<ArgumentException>(() => new SavedPrompt("a", [1, value], 2));

    private static int[] Bits(SavedPrompt prompt) =>
        Array.ConvertAll(prompt.Rows.ToArray(), BitConverter.SingleToInt32Bits);
}
