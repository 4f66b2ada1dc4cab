using System.Text.Json;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Runs;

/// <summary>
/// The folder of a run: its files by name, each written whole or not at all; the history grows line by line.
/// </summary>
public sealed class RunFolder
{
    /// <summary>Everything the run was told, the model's identity, device and versions.</summary>
    public const string ConfigName = "config.json";

    /// <summary>Target prompts, and what they were composed of.</summary>
    public const string PromptsName = "prompts.safetensors";

    /// <summary>Weights of the router.</summary>
    public const string RouterName = "router.json";

    /// <summary>Prompts that were tuned first.</summary>
    public const string SourcesName = "sources";

    /// <summary>Training state to go on from.</summary>
    public const string CheckpointName = "checkpoint";

    /// <summary>The model itself, after full fine-tuning.</summary>
    public const string ModelName = "model";

    /// <summary>One step a line.</summary>
    public const string HistoryName = "history.jsonl";

    /// <summary>Results of the evaluation.</summary>
    public const string MetricsName = "metrics.json";

    /// <summary>The prediction for each test example.</summary>
    public const string PredictionsName = "predictions.jsonl";

    /// <summary>The router's weights in the course of training.</summary>
    public const string RouterHistoryName = "router.jsonl";

    /// <summary>The contribution of each part of the prompts, where the configuration asks for it.</summary>
    public const string ContributionName = "contribution.json";

    /// <summary>Losses, learning rates, router and metrics for TensorBoard.</summary>
    public const string EventsName = "events.out.tfevents.crosspt";

    /// <summary>How tasks do under other text prefixes.</summary>
    public const string PrefixesName = "prefixes.json";

    private RunFolder(string path) => FullPath = Path.GetFullPath(path);

    /// <summary>Where it is.</summary>
    public string FullPath { get; }

    /// <summary>Refuses a path that something stands at already.</summary>
    /// <exception cref="IOException">There is a file or folder.</exception>
    public static void CheckNew(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (File.Exists(path)) throw new IOException($"{path}: is a file, expected the path of a new run folder");
        if (Directory.Exists(path)) throw new IOException($"{path}: the run folder exists already, expected a new one");
    }

    /// <summary>Makes the folder of a new run.</summary>
    /// <exception cref="IOException">It exists already, or cannot be made.</exception>
    public static RunFolder Create(string path)
    {
        CheckNew(path);
        Directory.CreateDirectory(path);
        return new RunFolder(path);
    }

    /// <summary>The folder of a run that exists, to go on with it.</summary>
    /// <exception cref="IOException">There is none.</exception>
    public static RunFolder Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(Path.Combine(path, ConfigName)))
            throw new IOException($"{path}: no {ConfigName} in it, expected the folder of a run");
        return new RunFolder(path);
    }

    /// <summary>The folder of a run, made where there is none or an empty one.</summary>
    /// <exception cref="IOException">There is a folder of something else.</exception>
    public static RunFolder OpenOrCreate(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (File.Exists(Path.Combine(path, ConfigName)))
        {
            foreach (string left in Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
                .Where(AtomicFile.IsTemporary).ToArray()) File.Delete(left);
            return new RunFolder(path);
        }
        if (File.Exists(path)
            || (Directory.Exists(path)
                && Directory.EnumerateFileSystemEntries(path).Any(static entry => !AtomicFile.IsTemporary(entry))))
            throw new IOException($"{path}: no {ConfigName} in it, expected the folder of a run, or none");
        Directory.CreateDirectory(path);
        return new RunFolder(path);
    }

    /// <summary>Whether a run in a folder is done: its metrics are the last that is written.</summary>
    public static bool IsFinished(string path) =>
        File.Exists(Path.Combine(path, MetricsName)) && File.Exists(Path.Combine(path, ConfigName));

    /// <summary>Where a prompt that is tuned first is kept; whatever its name, it stays in the run folder.</summary>
    public string StagePathOf(string name)
    {
        string folder = PathOf(SourcesName);
        Directory.CreateDirectory(folder);
        return Path.Combine(
            folder, $"{Uri.EscapeDataString(name).Replace(".", "%2E", StringComparison.Ordinal)}.safetensors");
    }

    /// <summary>The path of a file in it.</summary>
    public string PathOf(string name) => Path.Combine(FullPath, name);

    /// <summary>Writes a JSON document.</summary>
    public void WriteJson(string name, Action<Utf8JsonWriter> write) => JsonFile.Write(PathOf(name), write);
}
