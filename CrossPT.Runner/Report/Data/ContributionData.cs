using CrossPT.Prompting.Runs;
using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report.Data;

/// <summary>What each part is worth to each task of a setting, mean over its seeds: the metric whole, less the metric without the part.</summary>
/// <param name="Tasks">The tasks.</param>
/// <param name="Parts">The source prompts, then <see cref="PrivatePart"/> where there is one.</param>
/// <param name="Losses">[task, part].</param>
/// <param name="Whole">By task, the metric of the whole prompt.</param>
/// <param name="OnlySources">By task, of the sources alone; null where there is no private part.</param>
/// <param name="OnlyPrivate">By task, of the private part alone; null likewise.</param>
internal sealed record ContributionData(
    IReadOnlyList<string> Tasks, IReadOnlyList<string> Parts, double?[,] Losses, IReadOnlyList<double> Whole, IReadOnlyList<double?> OnlySources, IReadOnlyList<double?> OnlyPrivate)
{
    public const string PrivatePart = "private part";

    /// <summary>Of a row; null where it was not measured.</summary>
    /// <exception cref="IOException">A file of a run is broken.</exception>
    public static ContributionData? Of(ResultRow row)
    {
        TaskContribution[] all = [.. row.Runs.Where(static run => run.IsFinished && File.Exists(run.PathOf(RunFolder.ContributionName)))
            .SelectMany(static run => ContributionFile.Read(run.PathOf(RunFolder.ContributionName)))];
        if (all.Length == 0) return null;
        string[] tasks = [.. all.Select(static one => one.Task).Distinct()], sources = [.. all.SelectMany(static one => one.WithoutSource).Select(static one => one.Source).Distinct()];
        bool hasPrivate = all.Any(static one => one.WithoutPrivate is not null);
        string[] parts = [.. sources, .. hasPrivate ? [PrivatePart] : Array.Empty<string>()];
        if (parts.Length == 0) return null;
        double?[,] losses = new double?[tasks.Length, parts.Length];
        for (int task = 0; task < tasks.Length; task++)
        {
            TaskContribution[] own = [.. all.Where(one => one.Task == tasks[task])];
            for (int part = 0; part < sources.Length; part++)
                losses[task, part] = Mean(own.Select(one => one.Whole - Find(one, sources[part])));
            if (hasPrivate) losses[task, sources.Length] = Mean(own.Select(static one => one.Whole - one.WithoutPrivate));
        }
        return new ContributionData(
            tasks, parts, losses, [.. tasks.Select(task => all.Where(one => one.Task == task).Average(static one => one.Whole))],
            [.. tasks.Select(task => Mean(all.Where(one => one.Task == task).Select(static one => one.OnlySources)))],
            [.. tasks.Select(task => Mean(all.Where(one => one.Task == task).Select(static one => one.OnlyPrivate)))]);
    }

    private static double? Find(TaskContribution one, string source) => one.WithoutSource.Where(part => part.Source == source).Select(static part => (double?)part.Value).FirstOrDefault();

    private static double? Mean(IEnumerable<double?> values) => values.OfType<double>().ToArray() is { Length: > 0 } known ? known.Average() : null;
}
