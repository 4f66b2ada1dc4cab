using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Files;

/// <summary>The folder of a PEFT adapter: <c>adapter_config.json</c> beside <c>adapter_model.safetensors</c> or <c>adapter_model.bin</c>.</summary>
internal static class PeftAdapter
{
    public const string ConfigName = "adapter_config.json", WeightsName = "adapter_model.safetensors", PickledName = "adapter_model.bin";

    /// <summary>The tensor of the prompt itself.</summary>
    public const string Prompt = "prompt_embeddings";

    /// <summary>The adapter's folder, of a path to it or to the weights in it; null for any other path.</summary>
    public static string? FolderOf(string path)
    {
        if (Directory.Exists(path)) return File.Exists(Path.Combine(path, ConfigName)) ? path : null;
        // The weights alone do not tell which rows are the encoder's.
        if (Path.GetFileName(path) is not (WeightsName or PickledName)) return null;
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
        throw new TensorFileException(folder, $"has {ConfigName} and no weights, expected {WeightsName} or {PickledName}");
    }

    /// <summary>Its prompts: one, or of multitask prompt tuning one a task.</summary>
    /// <exception cref="TensorFileException">The weights are not those that the configuration speaks of.</exception>
    public static PromptForm Find(ITensorSource source, PeftConfig config)
    {
        PromptForm form;
        if (config.Kind == PeftConfig.Multitask)
        {
            form = MultitaskPrompt.Find(source, rows => config.EncoderRows(source.Path, rows));
            if (config.Tasks is { } tasks && tasks != form.Candidates.Count)
                throw new TensorFileException(source.Path, $"holds {form.Candidates.Count} tasks, expected {tasks}, the num_tasks of {ConfigName}");
        }
        else
        {
            if (source.Entries.Count != 1 || source.Entries[0].Name != Prompt)
                throw new TensorFileException(source.Path, $"{PromptForm.Describe(source.Entries)}, expected {Prompt} alone, as {config.Kind} has");
            PromptCandidate all = PromptCandidate.Of(source, source.Entries[0]);
            (int rows, string? note) = config.EncoderRows(source.Path, source.Entries[0].Shape[0]);
            form = PromptForm.Single(note is null ? all : all with { Read = () => all.Read()[..(rows * all.Width)], Notes = [note] });
        }
        int width = form.Candidates[0].Width;
        if (config.Width is { } expected && expected != width)
            throw new TensorFileException(source.Path, $"holds a prompt {width} wide, expected {expected}, the token_dim of {ConfigName}");
        if (config.TaskType is null or PeftConfig.Seq2Seq) return form;
        string other = $"its task_type is {PromptNames.Show(config.TaskType)}: it was tuned before another kind of model";
        PromptCandidate[] prompts = [.. form.Candidates.Select(candidate => candidate with { Notes = [.. candidate.Notes, other] })];
        return form with { Candidates = prompts, Default = form.Default is null ? null : prompts[0] };
    }
}
