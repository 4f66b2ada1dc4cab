using CrossPT.Prompting.Runs;
using CrossPT.Runner.Experiments.Results;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>What a finished run came to, in a line.</summary>
internal static class RunScores
{
    /// <summary>The first metric of every task: <c>rte accuracy 61.2, mrpc f1 80.0 (collapsed)</c>.</summary>
    public static string Of(string runFolder) =>
        string.Join(", ", MetricsFile.Read(Path.Combine(runFolder, RunFolder.MetricsName)).Select(
        static score =>
            $"{score.Task} {score.Metric} {ResultText.Percent(score.Value)}{(score.Collapsed ? " (collapsed)" : "")}"));
}
