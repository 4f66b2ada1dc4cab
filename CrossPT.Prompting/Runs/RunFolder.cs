using System.Text.Encodings.Web;
using System.Text.Json;
using CrossPT.Prompting.Training;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Runs;

/// <summary>The folder of a run: its files by name, each written whole or not at all; the history grows line by line.</summary>
public sealed class RunFolder
{
    /// <summary>Everything the run was told, the model's identity, device and versions.</summary>
    public const string ConfigName = "config.json";

    /// <summary>Target prompts, and what they were composed of.</summary>
    public const string PromptsName = "prompts.safetensors";

    /// <summary>Weights of the router.</summary>
    public const string RouterName = "router.json";

    /// <summary>One step a line.</summary>
    public const string HistoryName = "history.jsonl";

    /// <summary>What evaluation came to.</summary>
    public const string MetricsName = "metrics.json";

    /// <summary>The folder of what an interrupted run goes on from.</summary>
    public const string CheckpointName = "checkpoint";

    private static readonly JsonWriterOptions s_document = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

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

    /// <summary>The path of a file in it.</summary>
    public string PathOf(string name) => Path.Combine(FullPath, name);

    /// <summary>Writes a JSON document.</summary>
    public void WriteJson(string name, Action<Utf8JsonWriter> write) => AtomicFile.Write(PathOf(name), stream =>
    {
        using (Utf8JsonWriter json = new(stream, s_document)) write(json);
        stream.Write("\n"u8);
    });

    /// <summary>Adds a step to the history.</summary>
    public void Append(TrainingStep step) => TrainingHistory.Append(PathOf(HistoryName), step);
}
