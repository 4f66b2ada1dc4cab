using System.Text.Json;

namespace CrossPT.Prompting.Runs;

/// <summary>
/// <c>contribution.json</c>:
/// <c>{"tasks": {TASK: {"metric", "whole", "without_source": {SOURCE: value}, "without_private", "only_sources",
/// "only_private"}}}</c>; parts that a method lacks are left out.
/// </summary>
public static class ContributionFile
{
    private const long LargestFile = 16 << 20;

    /// <summary>Writes the document.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<TaskContribution> contributions)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(contributions);
        json.WriteStartObject();
        json.WriteStartObject("tasks");
        foreach (TaskContribution task in contributions)
        {
            json.WriteStartObject(task.Task);
            json.WriteString("metric", task.Metric);
            json.WriteNumber("whole", task.Whole);
            json.WriteStartObject("without_source");
            foreach ((string source, double value) in task.WithoutSource) json.WriteNumber(source, value);
            json.WriteEndObject();
            foreach ((
                string name,
                double? value) in ((string, double?)[])[
                    ("without_private", task.WithoutPrivate), ("only_sources", task.OnlySources),
                    ("only_private", task.OnlyPrivate)])
            {
                if (value is { } known) json.WriteNumber(name, known);
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Reads the file.</summary>
    /// <exception cref="IOException">It is no such document; the message names it.</exception>
    public static IReadOnlyList<TaskContribution> Read(string path)
    {
        if (new FileInfo(path).Length is var length && length > LargestFile)
            throw new IOException($"{path}: {length} bytes, expected {LargestFile} at most");
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return [.. document.RootElement.GetProperty("tasks").EnumerateObject().Select(Parse)];
        }
        catch (Exception error) when (error
            is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new IOException(
                $"{path}: not what parts of prompts are worth ({error.Message.Split(" Path:")[0].TrimEnd('.')}), "
                    + $"expected tasks with a metric of each part", error);
        }
    }

    private static TaskContribution Parse(JsonProperty task)
    {
        return new TaskContribution(
            task.Name, task.Value.GetProperty("metric").GetString() ?? "", task.Value.GetProperty("whole").GetDouble(),
            [.. task.Value.GetProperty("without_source").EnumerateObject()
                .Select(static one => (one.Name, one.Value.GetDouble()))],
            Optional("without_private"), Optional("only_sources"), Optional("only_private"));

        double? Optional(string name) =>
            task.Value.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : null;
    }
}
