using CrossPT.Prompting.Files;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Tensors.Files;
using CrossPT.TestKit;

namespace CrossPT.Prompting.Tests.Files;

/// <summary>Prompt files with what other tools put beside the prompt.</summary>
public sealed class WildPromptTests : IDisposable
{
    private static readonly float[] s_values = [1, 2, 3, 4, 5, 6, 7, 8];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void SharedOpenPromptMixed_HasFiveRows_AndSaysSo()
    {
        SavedPrompt prompt = PromptFile.Load(SharedFolder.Path("fixtures/wild/openprompt-mixed.pt"));
        Assert.Equal((5, 16), (prompt.Length, prompt.Width));
        Assert.Contains("row 0 of soft_embedding.weight", Assert.Single(prompt.Notes));
    }

    [Theory]
    [InlineData("soft_embedding.weight")]
    [InlineData("template.soft_embedding.weight")]
    [InlineData("prompt_model.template.soft_embedding.weight")]
    public void OpenPromptMixed_LosesItsFirstRow(string name)
    {
        SavedPrompt alone = PromptFile.Load(Save((name, [4, 2])));
        Assert.Equal(s_values[2..], alone.Rows.ToArray());
        SavedPrompt beside = PromptFile.Load(Save((name, [4, 2]), ("raw_embedding.weight", [2, 4])));
        Assert.Equal(s_values[2..], beside.Rows.ToArray());
        Assert.Equal(2, beside.Notes.Count);
        Assert.Contains("raw_embedding.weight", beside.Notes[1]);
    }

    [Fact]
    public void OpenPromptMixed_OfOneRow_IsRefused() =>
        AssertFails(Save(("soft_embedding.weight", [1, 8])), "of one row");

    [Theory]
    [InlineData("soft_embeds", "raw_embedding.weight")]
    [InlineData("template.soft_embeds", "template.raw_embedding.weight")]
    [InlineData("prompt", "shared.weight")]
    [InlineData("prompt_encoder.default.embedding.weight", "word_embeddings.weight")]
    [InlineData("prompt", "encoder.embed_tokens.weight", "lm_head.weight")]
    public void VocabularyBesideAPrompt_IsLeftOutByName(string name, params string[] tables)
    {
        SavedPrompt prompt = PromptFile.Load(
            Save([(name, [4, 2]), .. tables.Select(static table => (table, (int[])[4, 2]))]));
        Assert.Equal(s_values, prompt.Rows.ToArray());
        Assert.Equal(tables.Select(static table => $"{table}, the model's own vocabulary, is left out"), prompt.Notes);
    }

    [Theory]
    [InlineData("shared.weight")]
    [InlineData("shared.weight", "lm_head.weight")]
    public void VocabularyAlone_IsNoPrompt(params string[] tables) =>
        AssertFails(
            Save([.. tables.Select(static table => (table, (int[])[4, 2]))]),
            "a model's vocabulary, expected a prompt");

    [Fact]
    public void EncoderBesideAVocabulary_IsEvaluated()
    {
        string path = Save(
            ("embedding.weight", [4, 2]), ("mlp.0.weight", [2, 2]), ("mlp.0.bias", [2]), ("model_embs.weight", [2, 4]));
        SavedPrompt prompt = PromptFile.Load(path);
        Assert.Equal((4, 2, 2), (prompt.Length, prompt.Width, prompt.Notes.Count));
        Assert.Contains("model_embs.weight", prompt.Notes[1]);
    }

    [Theory]
    [InlineData("new_embedding.weight", "new_mlp_head.0.weight")]
    [InlineData("soft_embedding.weight", "mystery.weight")]
    [InlineData("embedding.weight", "lstm.weight_ih_l0")]
    public void AnythingElseBesideAPrompt_IsRefusedByName(string first, string second) =>
        AssertFails(Save((first, [4, 2]), (second, [2, 4])), $"{first} [4, 2], {second} [2, 4]");

    [Theory]
    [InlineData("base_model.model.shared.weight")]
    [InlineData("word_embeddings.weight")]
    public void AdapterWithAnEmbeddingTable_SaysSo(string table)
    {
        WriteConfig("4");
        string path = _folder.PathOf("adapter_model.safetensors");
        PromptTensors.Safetensors(path, ("prompt_embeddings", [4, 2], s_values), (table, [4, 2], s_values));
        SavedPrompt prompt = PromptFile.Load(_folder.FullName);
        Assert.Equal(s_values, prompt.Rows.ToArray());
        Assert.Contains(table, Assert.Single(prompt.Notes));
    }

    [Theory]
    [InlineData("4", 4, null)]
    [InlineData("2", 2, "rows 2 to 3 of 4")]
    [InlineData("3", 0, "4 rows, expected 3 rows")]
    public void AdapterUnderAnotherName_IsReadByTheConfigurationBesideIt(string tokens, int rows, string? said)
    {
        WriteConfig(tokens);
        string path = _folder.PathOf("renamed.safetensors");
        PromptTensors.Safetensors(path, ("prompt_embeddings", [4, 2], s_values));
        if (rows == 0)
        {
            AssertFails(path, said!);
            return;
        }
        SavedPrompt prompt = PromptFile.Load(path);
        Assert.Equal(rows, prompt.Length);
        if (said is null) Assert.Empty(prompt.Notes);
        else Assert.Contains(said, Assert.Single(prompt.Notes));
    }

    [Fact]
    public void AdapterWithoutItsConfiguration_SaysThatRowsMayBeADecoders()
    {
        SavedPrompt prompt = PromptFile.Load(Save(("prompt_embeddings", [4, 2])));
        Assert.Equal(4, prompt.Length);
        Assert.Contains("half may be for a decoder", Assert.Single(prompt.Notes));
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12345\n", "git-lfs pointer")]
    [InlineData("../../blobs/0123456789abcdef", "a link's target")]
    [InlineData("<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>", "an HTML page titled 'Sign in'")]
    [InlineData("{\"error\":\"Repository not found\"}", "a server's error in JSON ('Repository not found')")]
    [InlineData("Entry not found", "is a text file ('Entry not found')")]
    public void OtherFilesInPlaceOfAPrompt_AreNamed(string content, string expected)
    {
        foreach (string name in (string[])["a.safetensors", "a.pt", "a.bin", "a.npy", "a"])
        {
            string path = _folder.PathOf(name);
            File.WriteAllText(path, content);
            AssertFails(path, expected);
        }
        WriteConfig("4");
        File.WriteAllText(_folder.PathOf("adapter_model.bin"), content);
        AssertFails(_folder.FullName, expected);
        if (content == "Entry not found") return;
        File.WriteAllText(_folder.PathOf("adapter_config.json"), content);
        AssertFails(_folder.FullName, expected);
    }

    private static void AssertFails(string path, string expected) =>
        Assert.Contains(expected, Assert.Throws<TensorFileException>(() => PromptFile.Load(path)).Message);

    private void WriteConfig(string tokens) => File.WriteAllText(
        _folder.PathOf("adapter_config.json"), $$"""
            {"peft_type": "PROMPT_TUNING", "task_type": "SEQ_2_SEQ_LM", "num_virtual_tokens": {{tokens}}}
            """);

    private string Save(params (string Name, int[] Sizes)[] tensors)
    {
        string path = _folder.PathOf("a.safetensors");
        PromptTensors.Safetensors(
            path,
            [
                .. tensors.Select(
                    static tensor => (
                        tensor.Name, tensor.Sizes, s_values[..tensor.Sizes.Aggregate(1, static (a, b) => a * b)]))]);
        return path;
    }
}
