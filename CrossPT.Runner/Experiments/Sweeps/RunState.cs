using CrossPT.Prompting;
using CrossPT.Prompting.Runs;
using CrossPT.Runner.Experiments.Results;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>How far a run is, by its folder alone.</summary>
internal enum RunStage
{
    /// <summary>Nothing of it is there.</summary>
    Waiting,

    /// <summary>It was begun, and is being done or was stopped.</summary>
    Begun,

    /// <summary>Its metrics are there.</summary>
    Finished,

    /// <summary>It ended without, or with what cannot be trusted.</summary>
    Failed,
}

/// <summary>How far a run is.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Failure">Why it failed.</param>
internal readonly record struct RunState(RunStage Stage, RunFailure? Failure = null)
{
    /// <summary>
    /// Whether it is to be done, or done again: what failed may come to something else, but for a run that diverged.
    /// </summary>
    public bool IsToDo =>
        Stage is RunStage.Waiting or RunStage.Begun || (Stage == RunStage.Failed && Failure!.IsWorthRepeating);

    /// <summary>Reads the state of a folder.</summary>
    public static RunState Of(string runFolder)
    {
        if (RunFailure.Read(runFolder) is { } failure) return new RunState(RunStage.Failed, failure);
        if (RunFolder.IsFinished(runFolder)) return new RunState(RunStage.Finished);
        return new RunState(
            File.Exists(Path.Combine(runFolder, RunFolder.ConfigName)) ? RunStage.Begun : RunStage.Waiting);
    }
}

/// <summary>The scores of a finished run, in a line.</summary>
internal static class RunScores
{
    /// <summary>The first metric of every task: <c>rte accuracy 61.2, mrpc f1 80.0 (collapsed)</c>.</summary>
    public static string Of(string runFolder) =>
        string.Join(", ", MetricsFile.Read(Path.Combine(runFolder, RunFolder.MetricsName)).Select(
        static score =>
            $"{score.Task} {score.Metric} {ResultText.Percent(score.Value)}{(score.Collapsed ? " (collapsed)" : "")}"));
}
