using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tracking;
using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report.Data;

/// <summary>Router weights of a setting, mean over its seeds, in the course of training.</summary>
/// <param name="Tasks">Names of the tasks.</param>
/// <param name="Columns">Names of the columns: source prompts, and the private one where it is routed.</param>
/// <param name="Steps">Steps at which all seeds were looked at.</param>
/// <param name="Weights">[steps][task, column].</param>
internal sealed record RouterData(IReadOnlyList<string> Tasks, IReadOnlyList<string> Columns, IReadOnlyList<int> Steps, IReadOnlyList<double[,]> Weights)
{
    /// <summary>Of a row; null where its method has no router of tasks.</summary>
    public static RouterData? Of(ResultRow row)
    {
        IReadOnlyList<RouterMoment>[] runs = [.. row.Runs.Where(static run => run.IsFinished).Select(static run => RouterHistory.Read(run.PathOf(RunFolder.RouterHistoryName))).Where(static one => one.Count > 0)];
        if (runs.Length == 0) return null;
        string[] tasks = [.. runs[0][0].Weights.Keys], columns = [.. runs[0][0].Weights.Values.SelectMany(static one => one.Keys).Distinct()];
        int[] steps = [.. runs[0].Select(static one => one.Step).Distinct().Where(step => runs.All(run => run.Any(one => one.Step == step)))];
        return steps.Length == 0 ? null : new RouterData(tasks, columns, steps, [.. steps.Select(step => MeanAt(runs, step, tasks, columns))]);
    }

    private static double[,] MeanAt(IReadOnlyList<RouterMoment>[] runs, int step, string[] tasks, string[] columns)
    {
        double[,] mean = new double[tasks.Length, columns.Length];
        foreach (IReadOnlyList<RouterMoment> run in runs)
        {
            RouterMoment moment = run.Last(one => one.Step == step);
            for (int task = 0; task < tasks.Length; task++)
            {
                for (int column = 0; column < columns.Length; column++)
                    mean[task, column] += (moment.Weights.GetValueOrDefault(tasks[task])?.GetValueOrDefault(columns[column]) ?? 0) / runs.Length;
            }
        }
        return mean;
    }
}
