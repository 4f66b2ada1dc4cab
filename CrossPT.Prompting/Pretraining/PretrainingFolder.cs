using System.Text.Json;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Pretraining;

/// <summary>
/// Where pretraining writes: a model folder with the settings, the history and the last checkpoint beside it.
/// </summary>
public sealed class PretrainingFolder
{
    /// <summary>Every setting.</summary>
    public const string SettingsName = "pretrain.json";

    /// <summary>One step a line.</summary>
    public const string HistoryName = "history.jsonl";

    /// <summary>Accuracies of the finished model.</summary>
    public const string MetricsName = "metrics.json";

    private static readonly string s_checkpointName = Path.Combine("checkpoint", "state.safetensors");
    private PretrainingFolder(string path) => FullPath = Path.GetFullPath(path);

    /// <summary>Where it is.</summary>
    public string FullPath { get; }

    /// <summary>The checkpoint's file, which may not be there yet.</summary>
    public string CheckpointPath => Path.Combine(FullPath, s_checkpointName);

    /// <summary>Refuses a path that something stands at already.</summary>
    /// <exception cref="IOException">There is a file or folder.</exception>
    public static void CheckNew(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (File.Exists(path)) throw new IOException($"{path}: is a file, expected the path of a new model folder");
        if (Directory.Exists(path))
            throw new IOException(
                $"{path}: the folder exists already; --resume continues it, --out DIR writes another");
    }

    /// <summary>Makes a new folder.</summary>
    /// <exception cref="IOException">It exists already, or cannot be made.</exception>
    public static PretrainingFolder Create(string path)
    {
        CheckNew(path);
        PretrainingFolder folder = new(path);
        Directory.CreateDirectory(folder.FullPath);
        return folder;
    }

    /// <summary>The folder of a run that was interrupted, told the same again.</summary>
    /// <exception cref="ConfigurationException">There is none, or settings are not those it began with: the message
    /// lists them.</exception>
    public static PretrainingFolder Open(string path, PretrainingConfiguration configuration)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        PretrainingFolder folder = new(path);
        string settings = folder.PathOf(SettingsName);
        if (!File.Exists(settings))
            throw new ConfigurationException(path, $"no {SettingsName} in it, expected the folder of a run to resume");
        IReadOnlyList<string> differences = configuration.DifferencesFrom(PretrainingConfiguration.Load(settings));
        if (differences.Count > 0)
        {
            throw new ConfigurationException(
                settings,
                $"resuming with other settings: {SettingDifferences.Sentence(differences)}; expected the same");
        }
        return folder;
    }

    /// <summary>The path of a file in it.</summary>
    public string PathOf(string name) => Path.Combine(FullPath, name);

    /// <summary>Writes a JSON document.</summary>
    public void WriteJson(string name, Action<Utf8JsonWriter> write) => JsonFile.Write(PathOf(name), write);

    /// <summary>Adds steps to the history.</summary>
    public void Append(IReadOnlyList<PretrainingStep> steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        using MemoryStream lines = new();
        foreach (PretrainingStep step in steps)
        {
            using (Utf8JsonWriter json = new(lines))
            {
                json.WriteStartObject();
                json.WriteNumber("step", step.Number);
                json.WriteNumber("loss", step.Loss);
                json.WriteNumber("gradient_norm", step.GradientNorm);
                json.WriteNumber("learning_rate", step.LearningRate);
                json.WriteNumber("seconds", Math.Round(step.Seconds, 6));
                json.WriteNumber("source_tokens", step.SourceTokens);
                json.WriteNumber("target_tokens", step.TargetTokens);
                json.WriteEndObject();
            }
            lines.WriteByte((byte)'\n');
        }
        // One write: who looks while the run goes on sees whole lines.
        using FileStream file = new(
            PathOf(HistoryName), FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        file.Write(lines.GetBuffer(), 0, (int)lines.Length);
    }

    /// <summary>Drops what the history says of steps after a checkpoint: they are done again.</summary>
    public void KeepHistory(int steps)
    {
        string path = PathOf(HistoryName);
        if (!File.Exists(path)) return;
        string[] kept = [.. File.ReadLines(path).Take(steps)];
        AtomicFile.Write(path, stream =>
        {
            using StreamWriter writer = new(stream, leaveOpen: true) { NewLine = "\n" };
            foreach (string line in kept) writer.WriteLine(line);
        });
    }
}
