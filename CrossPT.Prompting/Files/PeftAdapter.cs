using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Files;

/// <summary>
/// The folder of a PEFT adapter: <c>adapter_config.json</c> beside <c>adapter_model.safetensors</c> or
/// <c>adapter_model.bin</c>.
/// </summary>
internal static class PeftAdapter
{
    public const string ConfigName = "adapter_config.json";
    public const string WeightsName = "adapter_model.safetensors";
    public const string PickledName = "adapter_model.bin";

    /// <summary>The tensor of the prompt itself.</summary>
    public const string Prompt = "prompt_embeddings";

    /// <summary>What is to be said of a prompt without the configuration that belongs to it.</summary>
    public const string NoConfig =
        "there is no adapter_config.json beside it: all rows are taken, of which half may be for a decoder";

    /// <summary>The adapter's folder, of a path to it or to the weights in it; null for any other path.</summary>
    public static string? FolderOf(string path)
    {
        if (Directory.Exists(path)) return File.Exists(Path.Combine(path, ConfigName)) ? path : null;
        // The weights alone do not tell which rows are the encoder's.
        return Path.GetFileName(path) is WeightsName or PickledName ? ConfigFolderOf(path) : null;
    }

    /// <summary>The folder of a file, where an adapter's configuration lies in it, too; else null.</summary>
    public static string? ConfigFolderOf(string path)
    {
        string folder = Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".";
        return File.Exists(Path.Combine(folder, ConfigName)) ? folder : null;
    }

    /// <summary>The file of its weights; where both are there, the one that PEFT takes.</summary>
    /// <exception cref="TensorFileException">There is none.</exception>
    public static string WeightsOf(string folder)
    {
        foreach (string name in (string[])[WeightsName, PickledName])
        {
            string file = Path.Combine(folder, name);
            if (File.Exists(file)) return file;
        }
        throw new TensorFileException(
            folder, $"has {ConfigName} and no weights, expected {WeightsName} or {PickledName}");
    }

    /// <summary>Its prompts: one, or of multitask prompt tuning one a task.</summary>
    /// <exception cref="TensorFileException">The weights are not those that the configuration speaks of.</exception>
    public static PromptFileForm Find(ITensorSource source, PeftConfig config)
    {
        PromptFileForm form;
        if (config.Kind == PeftConfig.Multitask)
        {
            form = MultitaskPrompt.Find(source, rows => config.EncoderRows(source.Path, rows));
            if (config.Tasks is { } tasks && tasks != form.Candidates.Count)
                throw new TensorFileException(
                    source.Path,
                    $"holds {form.Candidates.Count} tasks, expected {tasks}, the num_tasks of {ConfigName}");
        }
        else
        {
            (IReadOnlyList<TensorEntry> entries, string[] notes) = PromptFileForm.WithoutVocabulary(source);
            if (entries.Count != 1 || entries[0].Name != Prompt)
                throw new TensorFileException(
                    source.Path,
                    $"{PromptFileForm.Describe(source.Entries)}, expected {Prompt} alone, as {config.Kind} has");
            PromptCandidate all = PromptCandidate.Of(source, entries[0]);
            (int rows, string? note) = config.EncoderRows(source.Path, entries[0].Shape[0]);
            form = PromptFileForm.Single(
                note is null ? all : all with { Read = () => all.Read()[..(rows * all.Width)], Notes = [note] });
            if (notes.Length > 0) form = form.With(notes);
        }
        int width = form.Candidates[0].Width;
        if (config.Width is { } expected && expected != width)
            throw new TensorFileException(
                source.Path, $"holds a prompt {width} wide, expected {expected}, the token_dim of {ConfigName}");
        if (config.TaskType is null or PeftConfig.Seq2Seq) return form;
        string type = PromptNames.Show(config.TaskType);
        return form.With($"its task_type is {type}: it was tuned before another kind of model");
    }
}
