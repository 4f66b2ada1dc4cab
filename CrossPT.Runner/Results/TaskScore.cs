namespace CrossPT.Runner.Results;

/// <summary>What a run came to on a task, as its <c>metrics.json</c> has it.</summary>
/// <param name="Task">The task.</param>
/// <param name="Examples">Test examples.</param>
/// <param name="Collapsed">Whether all predictions are the same though the right answers are not.</param>
/// <param name="Metrics">Every metric with what always giving the most frequent answer comes to; the task's first one comes first.</param>
internal sealed record TaskScore(string Task, int Examples, bool Collapsed, IReadOnlyList<(string Name, double Value, double Majority)> Metrics)
{
    /// <summary>The task's first metric, the one tables are of.</summary>
    public string Metric => Metrics[0].Name;

    public double Value => Metrics[0].Value;

    public double Majority => Metrics[0].Majority;
}
