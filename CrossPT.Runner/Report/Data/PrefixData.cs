using CrossPT.Prompting.Runs;
using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report.Data;

/// <summary>How the tasks of a setting do under other text prefixes, mean over its seeds.</summary>
/// <param name="Tasks">The tasks.</param>
/// <param name="Prefixes"><see cref="Own"/>, then the others.</param>
/// <param name="Values">[task, prefix]: the task's first metric.</param>
internal sealed record PrefixData(IReadOnlyList<string> Tasks, IReadOnlyList<string> Prefixes, double?[,] Values)
{
    public const string Own = "its own";

    /// <summary>Of a row; null where it was not measured.</summary>
    /// <exception cref="IOException">A file of a run is broken.</exception>
    public static PrefixData? Of(ResultRow row)
    {
        TaskUnderPrefixes[] all = [.. row.Runs.Where(static run => run.IsFinished && File.Exists(run.PathOf(RunFolder.PrefixesName)))
            .SelectMany(static run => PrefixesFile.Read(run.PathOf(RunFolder.PrefixesName)))];
        if (all.Length == 0) return null;
        string[] tasks = [.. all.Select(static one => one.Task).Distinct()], prefixes = [Own, .. all.SelectMany(static one => one.Under).Select(static one => one.Prefix).Distinct()];
        double?[,] values = new double?[tasks.Length, prefixes.Length];
        for (int task = 0; task < tasks.Length; task++)
        {
            TaskUnderPrefixes[] own = [.. all.Where(one => one.Task == tasks[task])];
            values[task, 0] = own.Average(static one => one.Own);
            for (int prefix = 1; prefix < prefixes.Length; prefix++)
            {
                double[] found = [.. own.SelectMany(one => one.Under.Where(under => under.Prefix == prefixes[prefix])).Select(static one => one.Value)];
                if (found.Length > 0) values[task, prefix] = found.Average();
            }
        }
        return new PrefixData(tasks, prefixes, values);
    }
}
