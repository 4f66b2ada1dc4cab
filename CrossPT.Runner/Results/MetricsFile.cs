using System.Text.Json;
using CrossPT.Prompting.Tasks;

namespace CrossPT.Runner.Results;

/// <summary>Reads <c>metrics.json</c> of a run.</summary>
internal static class MetricsFile
{
    /// <summary>The tasks' metrics, in the order of the file.</summary>
    /// <exception cref="IOException">It is no such document; the message names it.</exception>
    public static IReadOnlyList<TaskScore> Read(string path) => ResultJson.Read(path, "the metrics of a run", static root =>
        (IReadOnlyList<TaskScore>)[.. root.GetProperty("tasks").EnumerateObject().Select(ReadTask)]);

    private static TaskScore ReadTask(JsonProperty task)
    {
        JsonElement majority = task.Value.GetProperty("majority");
        List<(string, double, double)> metrics = [];
        foreach (JsonProperty member in task.Value.EnumerateObject())
        {
            if (TaskMetrics.Names.Contains(member.Name)) metrics.Add((member.Name, member.Value.GetDouble(), majority.GetProperty(member.Name).GetDouble()));
        }
        if (metrics.Count == 0) throw new FormatException($"no metric of the task '{task.Name}'");
        return new TaskScore(task.Name, task.Value.GetProperty("examples").GetInt32(), task.Value.GetProperty("collapsed").GetBoolean(), metrics);
    }
}
