using System.Text.Json;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Tasks;

namespace CrossPT.Runner.Experiments.Results;

/// <summary>Reads JSON documents that may be anything.</summary>
internal static class ResultJson
{
    private const long Largest = 64 << 20;

    /// <summary>Reads a document.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it should be, for the message.</param>
    /// <param name="read">Takes from it what is needed; nothing of the document outlives it.</param>
    /// <exception cref="IOException">It is something else; the message names the file.</exception>
    public static T Read<T>(string path, string what, Func<JsonElement, T> read)
    {
        FileInfo file = new(path);
        if (!file.Exists) throw new FileNotFoundException($"{path}: no such file, expected {what}", path);
        if (file.Length > Largest)
            throw new IOException($"{path}: {file.Length} bytes, expected {what} of {Largest >> 20} MB at most");
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return read(document.RootElement);
        }
        catch (Exception error) when (error
            is JsonException or InvalidOperationException or KeyNotFoundException or FormatException
                or ArgumentException)
        {
            throw new IOException($"{path}: {error.Reason().Split(" Path:")[0].TrimEnd('.')}, expected {what}", error);
        }
    }

    /// <summary>A text, whatever kind of value it is: labels may be written as numbers.</summary>
    public static string Text(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}

/// <summary>A JSON document as paths and texts: <c>tasks[0].name</c>.</summary>
internal static class JsonLeaves
{
    public static Dictionary<string, string> Of(JsonElement root)
    {
        Dictionary<string, string> leaves = [];
        Add(root, "", leaves);
        return leaves;
    }

    private static void Add(JsonElement value, string path, Dictionary<string, string> leaves)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty member in value.EnumerateObject())
                    Add(member.Value, path.Length == 0 ? member.Name : $"{path}.{member.Name}", leaves);
                break;
            case JsonValueKind.Array:
                int index = 0;
                foreach (JsonElement element in value.EnumerateArray()) Add(element, $"{path}[{index++}]", leaves);
                break;
            default:
                leaves[path] = ResultJson.Text(value);
                break;
        }
    }
}

/// <summary>Reads <c>metrics.json</c> of a run.</summary>
internal static class MetricsFile
{
    /// <summary>The tasks' metrics, in the order of the file.</summary>
    /// <exception cref="IOException">It is no such document; the message names it.</exception>
    public static IReadOnlyList<TaskScore> Read(string path) =>
        ResultJson.Read(path, "the metrics of a run", static root =>
        (IReadOnlyList<TaskScore>)[.. root.GetProperty("tasks").EnumerateObject().Select(ReadTask)]);

    private static TaskScore ReadTask(JsonProperty task)
    {
        JsonElement majority = task.Value.GetProperty("majority");
        List<(string, double, double)> metrics = [];
        foreach (JsonProperty member in task.Value.EnumerateObject())
        {
            if (TaskMetrics.Names.Contains(member.Name))
                metrics.Add((member.Name, member.Value.GetDouble(), majority.GetProperty(member.Name).GetDouble()));
        }
        if (metrics.Count == 0) throw new FormatException($"no metric of the task '{task.Name}'");
        return new TaskScore(
            task.Name, task.Value.GetProperty("examples").GetInt32(), task.Value.GetProperty("collapsed").GetBoolean(),
            metrics);
    }
}

/// <summary>What a run came to on a task, as its <c>metrics.json</c> has it.</summary>
/// <param name="Task">The task.</param>
/// <param name="Examples">Test examples.</param>
/// <param name="Collapsed">Whether all predictions are the same though the right answers are not.</param>
/// <param name="Metrics">Every metric with what always giving the most frequent answer comes to; the task's first one
/// comes first.</param>
internal sealed record TaskScore(
    string Task, int Examples, bool Collapsed, IReadOnlyList<(string Name, double Value, double Majority)> Metrics)
{
    /// <summary>The task's first metric, the one tables are of.</summary>
    public string Metric => Metrics[0].Name;

    public double Value => Metrics[0].Value;

    public double Majority => Metrics[0].Majority;
}
