using System.Text.Json;
using CrossPT.Prompting.Tasks;

namespace CrossPT.Runner.Experiments.Results;

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
