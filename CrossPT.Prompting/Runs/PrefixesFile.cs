using System.Text.Json;

namespace CrossPT.Prompting.Runs;

/// <summary>How a task does under other text prefixes than its own: a row of the cross-prefix matrix.</summary>
/// <param name="Task">The task.</param>
/// <param name="Metric">Its first metric.</param>
/// <param name="Own">Under the prefix it was trained with.</param>
/// <param name="Under">Under others, by what those are called.</param>
public sealed record TaskUnderPrefixes(
    string Task, string Metric, double Own, IReadOnlyList<(string Prefix, double Value)> Under);

/// <summary><c>prefixes.json</c>: <c>{"tasks": {TASK: {"metric", "own", "under": {PREFIX: value}}}}</c>.</summary>
public static class PrefixesFile
{
    private const long LargestFile = 16 << 20;

    /// <summary>Writes the document.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<TaskUnderPrefixes> tasks)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(tasks);
        json.WriteStartObject();
        json.WriteStartObject("tasks");
        foreach (TaskUnderPrefixes task in tasks)
        {
            json.WriteStartObject(task.Task);
            json.WriteString("metric", task.Metric);
            json.WriteNumber("own", task.Own);
            json.WriteStartObject("under");
            foreach ((string prefix, double value) in task.Under) json.WriteNumber(prefix, value);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Reads the file.</summary>
    /// <exception cref="IOException">It is no such document; the message names it.</exception>
    public static IReadOnlyList<TaskUnderPrefixes> Read(string path)
    {
        if (new FileInfo(path).Length is var length && length > LargestFile)
            throw new IOException($"{path}: {length} bytes, expected {LargestFile} at most");
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return
            [
                .. document.RootElement.GetProperty("tasks").EnumerateObject()
                    .Select(static task => new TaskUnderPrefixes(
                    task.Name, task.Value.GetProperty("metric").GetString() ?? "",
                    task.Value.GetProperty("own").GetDouble(),
                    [.. task.Value.GetProperty("under").EnumerateObject()
                        .Select(static one => (one.Name, one.Value.GetDouble()))])),
            ];
        }
        catch (Exception error) when (error
            is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new IOException(
                $"{path}: not what tasks do under prefixes ({error.Message.Split(" Path:")[0].TrimEnd('.')}), "
                    + $"expected tasks with a metric under each", error);
        }
    }
}
