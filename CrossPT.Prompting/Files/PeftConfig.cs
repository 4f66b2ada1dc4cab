using System.Text.Json;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Runs;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Files;

/// <summary>
/// What <c>adapter_config.json</c> says of a prompt (huggingface/peft, <c>PromptLearningConfig</c>). Sizes are null
/// where the file leaves them out.
/// </summary>
internal sealed record PeftConfig(
    string Path, string Kind, string? TaskType, string? BaseModel, int? VirtualTokens, int? Width, int? Submodules,
    int? Tasks)
{
    public const string PromptTuning = "PROMPT_TUNING";
    public const string PTuning = "P_TUNING";
    public const string Multitask = "MULTITASK_PROMPT_TUNING";
    public const string Seq2Seq = "SEQ_2_SEQ_LM";

    private const int LargestFile = 1 << 20, LargestSize = 1 << 24;

    /// <summary>Reads the file.</summary>
    /// <exception cref="TensorFileException">It is missing, no such configuration, or that of an adapter which is no
    /// prompt.</exception>
    public static PeftConfig Load(string path)
    {
        try
        {
            if (new FileInfo(path).Length > LargestFile)
                throw new TensorFileException(
                    path, "has more than 1 MiB, expected the configuration of a PEFT adapter");
            if (ForeignFile.Explain(path, FileContent.Json) is { } foreign)
                throw new TensorFileException(path, foreign);
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return Read(new Keys(path, document.RootElement));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new TensorFileException(path, "is no JSON, expected the configuration of a PEFT adapter", error);
        }
        catch (Exception error) when (error is (IOException or UnauthorizedAccessException) and not TensorFileException)
        {
            string found = File.Exists(path) ? $"cannot be read ({error.Message.TrimEnd('.')})" : "is missing";
            throw new TensorFileException(path, $"{found}, expected the configuration of a PEFT adapter", error);
        }
    }

    private static PeftConfig Read(Keys keys)
    {
        string kind = keys.Text("peft_type")
            ?? throw keys.Fail($"has no peft_type, expected {PromptTuning}, {PTuning} or {Multitask}");
        if (kind is not (PromptTuning or PTuning or Multitask))
            throw keys.Fail(
                $"has the peft_type \"{PromptNames.Show(kind)}\", expected {PromptTuning}, {PTuning} or {Multitask}");
        return new PeftConfig(
            keys.Path, kind, keys.Text("task_type"), keys.Text("base_model_name_or_path"),
            keys.Integer("num_virtual_tokens", LargestSize),
            keys.Integer("token_dim", LargestSize), keys.Integer("num_transformer_submodules", 2),
            keys.Integer("num_tasks", PromptFileForm.MostPrompts));
    }

    /// <summary>
    /// How many of the rows stored serve T5's encoder, and what to say of the others: a sequence-to-sequence adapter
    /// has as many again for the decoder unless told otherwise, and T5's prompt tuning reads the first half.
    /// </summary>
    /// <exception cref="TensorFileException">The rows are not those that the configuration speaks of.</exception>
    public (int Rows, string? Note) EncoderRows(string weights, int rows)
    {
        int submodules = Submodules
            ?? (VirtualTokens is { } tokens && rows == 2L * tokens
                ? 2
                : VirtualTokens is null && TaskType == Seq2Seq ? 2 : 1);
        if (VirtualTokens is { } count ? rows != (long)count * submodules : rows % submodules != 0)
        {
            string expected = VirtualTokens is null
                ? $"a multiple of {submodules} rows"
                : $"{(long)VirtualTokens * submodules} rows";
            string told = $"{System.IO.Path.GetFileName(Path)} has num_virtual_tokens {Show(VirtualTokens)}, "
                + $"num_transformer_submodules {Show(Submodules)}";
            throw new TensorFileException(weights, $"holds a prompt of {rows} rows, expected {expected}: {told}");
        }
        return submodules == 1
            ? (rows, null)
            : (
                rows / 2,
                $"rows {rows / 2} to {rows - 1} of {rows}, for a decoder, are left out: T5 reads the first half");
    }

    private static string Show(int? value) => value is { } number ? $"{number}" : "unset";

    /// <summary>The keys of the object; one that is null counts as absent, as in Python.</summary>
    private readonly struct Keys
    {
        private readonly JsonElement _root;

        public Keys(string path, JsonElement root)
        {
            (Path, _root) = (path, root);
            if (root.ValueKind != JsonValueKind.Object)
                throw Fail("holds no object, expected the configuration of a PEFT adapter");
        }

        public string Path { get; }

        public TensorFileException Fail(string problem) => new(Path, problem);

        public string? Text(string key)
        {
            if (!_root.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null) return null;
            return value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : throw Fail($"has {key} {PromptNames.Show(value.GetRawText())}, expected text");
        }

        public int? Integer(string key, int largest)
        {
            if (!_root.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null) return null;
            return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= 1
                && number <= largest
                ? number
                : throw Fail(
                    $"has {key} {PromptNames.Show(value.GetRawText())}, expected an integer from 1 to {largest}");
        }
    }
}

/// <summary>
/// Why a target prompt is more than PEFT's prompt tuning can say: rows before the text of every example, the same for
/// all, and nothing else.
/// </summary>
public enum PeftObstacle
{
    /// <summary>Nothing: it is such rows.</summary>
    None,

    /// <summary>A mixer makes another prompt for each example, as ATTEMPT's does.</summary>
    PromptPerExample,

    /// <summary>It comes with an update of the model's embeddings, as DePT's does.</summary>
    EmbeddingUpdate,

    /// <summary>Its rows stand after the text or inside it.</summary>
    NotBeforeText,
}

/// <summary>Messages about the obstacles.</summary>
internal static class PeftObstacles
{
    public static string Describe(this PeftObstacle obstacle) => obstacle switch
    {
        PeftObstacle.PromptPerExample => "a mixer makes another prompt for each example",
        PeftObstacle.EmbeddingUpdate => "it comes with an update of the model's embeddings",
        PeftObstacle.NotBeforeText => "its rows do not stand before the text",
        _ => throw new ArgumentOutOfRangeException(nameof(obstacle), obstacle, "Not an obstacle."),
    };
}

/// <summary>What a run's prompts have that PEFT has no place for, out of the run's <c>config.json</c>.</summary>
public static class RunPeftObstacle
{
    /// <summary>
    /// The obstacle, or none: also where the path is no run, or a folder of prompts without a record of one.
    /// </summary>
    /// <exception cref="ConfigurationException">The record is broken, or the run has no prompts, for its model was
    /// trained whole.</exception>
    public static PeftObstacle Of(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string record = Path.Combine(path, RunFolder.ConfigName);
        bool isRun = File.Exists(Path.Combine(path, RunFolder.PromptsName))
            || Directory.Exists(Path.Combine(path, RunFolder.ModelName));
        if (!isRun || !File.Exists(record) || !ConfigReader.ReadFile(record).AsSection().TryGet("configuration", out _))
            return PeftObstacle.None;
        RunConfiguration configuration = RunRecord.Load(record).Configuration;
        if (configuration.TrainsModel)
            throw new ConfigurationException(path, "has no prompts: all weights of its model were trained");
        if (configuration.Router.Kind == RouterKind.Attempt) return PeftObstacle.PromptPerExample;
        if (configuration.Prompt.UpdateRank > 0) return PeftObstacle.EmbeddingUpdate;
        return configuration.Prompt.Position == PromptPosition.Before ? PeftObstacle.None : PeftObstacle.NotBeforeText;
    }
}
