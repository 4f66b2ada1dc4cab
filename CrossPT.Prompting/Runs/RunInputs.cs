using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Prompts;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Runs;

/// <summary>
/// All that a run reads beside the model's weights: where most of what can be wrong with a configuration shows.
/// </summary>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Tasks">The tasks with their examples.</param>
/// <param name="Sources">Source prompts that are loaded, by name.</param>
/// <param name="SourceTasks">Tasks that source prompts are tuned on first, by the source's name.</param>
internal sealed record RunInputs(
    ITokenizer Tokenizer, RunTask[] Tasks, Dictionary<string, SourcePrompt> Sources,
    Dictionary<string, RunTask> SourceTasks)
{
    /// <summary>Reads and checks.</summary>
    /// <exception cref="ConfigurationException">A value does not fit the model, the data or the source
    /// prompts.</exception>
    /// <exception cref="IOException">A file is missing or broken; the message names it.</exception>
    public static RunInputs Load(
        RunConfiguration configuration, SharedModels? models = null, IProgress<WorkProgress>? progress = null)
    {
        if (!Directory.Exists(configuration.Model))
            throw new ConfigurationException(
                configuration.Place, $"model: no folder {configuration.Model}, expected a model folder");
        T5Config config = T5Config.Load(configuration.Model);
        string path = configuration.Data.Tokenizer ?? configuration.Model;
        ITokenizer tokenizer = models?.TokenizerOf(path) ?? SentencePieceTokenizer.Load(path);
        RunTask[] tasks =
        [
            .. configuration.Tasks.Select(task => RunTask.Load(configuration, task, tokenizer, config, progress)),
        ];
        Dictionary<string, SourcePrompt> loaded = SourceBank.LoadFiles(configuration, config.ModelWidth);
        Dictionary<string, RunTask> sourceTasks = [];
        foreach (SourceSelection selection in configuration.Sources)
        {
            if (selection.Task is null) continue;
            int target = Enumerable.Range(0, tasks.Length)
                .FirstOrDefault(i => configuration.Tasks[i] == selection.Task, -1);
            sourceTasks[selection.Name] =
                target >= 0
                    ? tasks[target]
                    : RunTask.Load(configuration, selection.Task, tokenizer, config, progress, isSource: true);
        }
        return new RunInputs(tokenizer, tasks, loaded, sourceTasks);
    }
}

/// <summary>The source prompts of a run: those that are loaded at once, those that are tuned first later.</summary>
internal static class SourceBank
{
    /// <summary>Rows of a prompt where neither the configuration nor a loaded prompt says.</summary>
    private const int DefaultLength = 10;

    /// <summary>Reads the files among the sources, by name.</summary>
    public static Dictionary<string, SourcePrompt> LoadFiles(RunConfiguration configuration, int width)
    {
        Dictionary<string, SourcePrompt> loaded = [];
        foreach (SourceSelection selection in configuration.Sources)
        {
            if (selection.File is { } file) loaded[selection.Name] = SourcePrompt.Load(file, width, selection.Name);
        }
        CheckLengths(configuration, loaded, width);
        return loaded;
    }

    /// <summary>P: as configured, or as long as the loaded prompts.</summary>
    public static int LengthOf(RunConfiguration configuration, IReadOnlyDictionary<string, SourcePrompt> loaded) =>
        configuration.Prompt.Length ?? (loaded.Count > 0 ? loaded.Values.First().Length : DefaultLength);

    private static void CheckLengths(RunConfiguration configuration, Dictionary<string, SourcePrompt> loaded, int width)
    {
        SourceSelection? first = null;
        foreach (SourceSelection selection in configuration.Sources)
        {
            if (!loaded.TryGetValue(selection.Name, out SourcePrompt? prompt)) continue;
            first ??= selection;
            if (configuration.Prompt.Length is { } length)
            {
                if (prompt.Length >= length) continue;
                throw new ConfigurationException(
                    configuration.Place,
                    $"prompt.length is {length}, but {selection.File} has a prompt [{prompt.Length}, {width}], "
                        + $"expected {length} rows at least");
            }
            int other = loaded[first.Name].Length;
            if (prompt.Length == other) continue;
            throw new ConfigurationException(
                configuration.Place,
                $"{first.File} has a prompt [{other}, {width}] and {selection.File} [{prompt.Length}, {width}], "
                + $"expected one length, or a prompt.length of {Math.Min(prompt.Length, other)} at most to take the "
                + $"first rows of each");
        }
    }
}
