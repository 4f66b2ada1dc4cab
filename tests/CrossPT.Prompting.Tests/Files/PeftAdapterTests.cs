using CrossPT.Prompting.Files;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Tests.Files;

public sealed class PeftAdapterTests : IDisposable
{
    private static readonly float[] s_values = [1, 2, 3, 4, 5, 6, 7, 8];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("\"num_virtual_tokens\": 4, \"token_dim\": 2", 4, 0)]
    [InlineData("\"num_virtual_tokens\": 4, \"token_dim\": 2, \"num_transformer_submodules\": 1", 4, 0)]
    [InlineData("\"num_virtual_tokens\": 2, \"token_dim\": 2", 2, 1)]
    [InlineData("\"num_virtual_tokens\": 2, \"num_transformer_submodules\": 2", 2, 1)]
    public void Rows_OfTheEncoder_AreRead_AndTheOthersSpokenOf(string keys, int rows, int notes)
    {
        WriteAdapter(keys);
        SavedPrompt prompt = PromptFile.Load(_folder.FullName);
        Assert.Equal(s_values[..(2 * rows)], prompt.Rows.ToArray());
        Assert.Equal(notes, prompt.Notes.Count);
        Assert.All(prompt.Notes, static note => Assert.Contains("rows 2 to 3 of 4", note));
        // The weights alone, named without their folder's configuration, are the same adapter.
        Assert.Equal(
            prompt.Rows.ToArray(), PromptFile.Load(_folder.PathOf("adapter_model.safetensors")).Rows.ToArray());
    }

    [Theory]
    [InlineData("\"num_virtual_tokens\": 3", "4 rows, expected 3 rows", "num_virtual_tokens 3")]
    [InlineData(
        "\"num_virtual_tokens\": 4, \"num_transformer_submodules\": 2", "4 rows, expected 8 rows",
        "num_transformer_submodules 2")]
    [InlineData("\"num_virtual_tokens\": 4, \"token_dim\": 768", "2 wide, expected 768", "token_dim")]
    [InlineData("\"num_virtual_tokens\": \"4\"", "num_virtual_tokens \"4\"", "expected an integer")]
    [InlineData("\"num_virtual_tokens\": -4", "num_virtual_tokens -4", "expected an integer")]
    [InlineData("\"num_transformer_submodules\": 3", "num_transformer_submodules 3", "from 1 to 2")]
    [InlineData("\"task_type\": []", "task_type []", "expected text")]
    public void Sizes_ThatDisagree_AreRefused(string keys, string found, string expected)
    {
        WriteAdapter(keys);
        AssertFails(found, expected);
    }

    [Theory]
    [InlineData("LORA")]
    [InlineData("PREFIX_TUNING")]
    [InlineData("DEPT")]
    public void OtherAdapters_AreRefusedByName(string kind)
    {
        WriteAdapter("\"num_virtual_tokens\": 4", kind);
        AssertFails($"\"{kind}\"", "expected PROMPT_TUNING, P_TUNING or MULTITASK_PROMPT_TUNING");
    }

    [Fact]
    public void MoreThanThePrompt_IsRefusedByName()
    {
        WriteAdapter("\"num_virtual_tokens\": 4");
        PromptTensors.Safetensors(
            _folder.PathOf("adapter_model.safetensors"), ("prompt_embeddings", [4, 2], s_values),
            ("classifier.weight", [2], [1, 2]));
        AssertFails("classifier.weight [2]", "expected prompt_embeddings alone");
    }

    [Fact]
    public void PickledWeights_AreReadWhereThereAreNoOthers()
    {
        WriteAdapter("\"num_virtual_tokens\": 4");
        File.Delete(_folder.PathOf("adapter_model.safetensors"));
        AssertFails("no weights", "adapter_model.safetensors or adapter_model.bin");
        PromptTensors.Torch(_folder.PathOf("adapter_model.bin"), ("prompt_embeddings", [4, 2], s_values));
        Assert.Equal(s_values, PromptFile.Load(_folder.FullName).Rows.ToArray());
    }

    [Fact]
    public void PTuning_IsReadAsItIsSaved_Collapsed()
    {
        WriteAdapter("\"num_virtual_tokens\": 4, \"encoder_hidden_size\": 128", "P_TUNING");
        Assert.Equal(s_values, PromptFile.Load(_folder.FullName).Rows.ToArray());
    }

    [Fact]
    public void BaseModel_AndAnotherKindOfModel_AreTold()
    {
        WriteAdapter("\"num_virtual_tokens\": 4, \"base_model_name_or_path\": \"gpt2\", \"task_type\": \"CAUSAL_LM\"");
        SavedPrompt prompt = PromptFile.Load(_folder.FullName);
        Assert.Equal("gpt2", prompt.BaseModel);
        Assert.Contains("CAUSAL_LM", Assert.Single(prompt.Notes));
    }

    [Fact]
    public void Multitask_GivesThePromptOfATask()
    {
        WriteMultitask(
            "\"num_tasks\": 2, \"num_virtual_tokens\": 2, \"token_dim\": 2, \"num_transformer_submodules\": 1");
        AssertFails("prompts of 2 tasks, 0 to 1", "the name of one");
        // Task 0: C·R = [[1], [2]]·[[3, 4]] = [[3, 4], [6, 8]]; P ∘ that. Task 1: [[−1], [0]]·[[5, 6]].
        Assert.Equal([3, 8, 18, 32], PromptFile.Load(_folder.FullName, "0").Rows.ToArray());
        Assert.Equal([-5, -12, 0, 0], PromptFile.Load(_folder.FullName, "1").Rows.ToArray());
        Assert.Contains(
            "has no prompt '2'",
            Assert.Throws<TensorFileException>(() => PromptFile.Load(_folder.FullName, "2")).Message);
        Assert.Equal(2, PromptFile.LoadAll(_folder.FullName).Count);
    }

    [Fact]
    public void Multitask_WithADecodersHalf_GivesTheEncoders()
    {
        WriteMultitask("\"num_tasks\": 2, \"num_virtual_tokens\": 1, \"task_type\": \"SEQ_2_SEQ_LM\"");
        SavedPrompt prompt = PromptFile.Load(_folder.FullName, "0");
        Assert.Equal([3, 8], prompt.Rows.ToArray());
        Assert.Contains("rows 1 to 1 of 2", Assert.Single(prompt.Notes));
    }

    [Theory]
    [InlineData("\"num_tasks\": 3", "holds 2 tasks", "num_tasks")]
    [InlineData("\"num_tasks\": 0", "num_tasks 0", "integer from 1")]
    [InlineData("\"num_virtual_tokens\": 5", "2 rows", "expected 5 rows")]
    public void Multitask_ThatDisagrees_IsRefused(string keys, string found, string expected)
    {
        WriteMultitask(keys);
        AssertFails(found, expected);
    }

    [Fact]
    public void Multitask_OfOtherShapes_IsRefused()
    {
        WriteMultitask("\"num_tasks\": 2");
        PromptTensors.Safetensors(
            _folder.PathOf("adapter_model.safetensors"), ("prompt_embeddings", [2, 2], [1, 2, 3, 4]),
            ("prefix_task_cols", [2, 2, 1], [1, 2, -1, 0]), ("prefix_task_rows", [1, 1, 2], [3, 4]));
        AssertFails("prefix_task_rows [1, 1, 2]", "expected [P, H], [K, P, r] and [K, r, H]");
    }

    private void AssertFails(params string[] words)
    {
        string message = Assert.Throws<TensorFileException>(() => PromptFile.Load(_folder.FullName)).Message;
        foreach (string word in words) Assert.Contains(word, message);
    }

    private void WriteAdapter(string keys, string kind = "PROMPT_TUNING")
    {
        _folder.Write("adapter_config.json", $$"""{ "peft_type": "{{kind}}", {{keys}} }""");
        PromptTensors.Safetensors(_folder.PathOf("adapter_model.safetensors"), ("prompt_embeddings", [4, 2], s_values));
    }

    private void WriteMultitask(string keys)
    {
        _folder.Write("adapter_config.json", $$"""{ "peft_type": "MULTITASK_PROMPT_TUNING", {{keys}} }""");
        PromptTensors.Safetensors(
            _folder.PathOf("adapter_model.safetensors"), ("prompt_embeddings", [2, 2], [1, 2, 3, 4]),
            ("prefix_task_cols", [2, 2, 1], [1, 2, -1, 0]), ("prefix_task_rows", [2, 1, 2], [3, 4, 5, 6]));
    }
}
