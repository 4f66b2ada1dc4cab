using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>A grid against the sweep that was begun with it: runs may be added, nothing else may change.</summary>
internal static class SweepDifferences
{
    private const int MostRuns = 3;

    /// <summary>Names of the runs that are new.</summary>
    /// <exception cref="UserException">Runs are missing, or have other settings; the message lists them.</exception>
    public static IReadOnlyList<string> Check(SweepPlan before, SweepPlan now, SweepFolder folder)
    {
        Dictionary<string, SweepRun> current = now.Runs.ToDictionary(static run => run.Name);
        string[] gone = [.. before.Runs.Where(run => !current.ContainsKey(run.Name)).Select(static run => run.Name)];
        if (gone.Length > 0)
            throw Changed(folder, $"{gone.Length} of its runs are in the grid no longer ({Some(gone)})");
        List<(string Run, IReadOnlyList<string> Differences)> changed = [];
        foreach (SweepRun run in before.Runs)
        {
            IReadOnlyList<string> differences = SettingDifferences.Between(
                run.Configuration.ToValue(), current[run.Name].Configuration.ToValue());
            if (differences.Count > 0) changed.Add((run.Name, differences));
        }
        if (changed.Count > 0)
        {
            string[] distinct = [.. changed.SelectMany(static one => one.Differences).Distinct()];
            string some = Some([.. changed.Select(static one => one.Run)]);
            throw Changed(
                folder,
                $"{changed.Count} of its {before.Runs.Count} runs have other settings now ({some}): "
                    + $"{SettingDifferences.Sentence(distinct)}");
        }
        HashSet<string> known = [.. before.Runs.Select(static run => run.Name)];
        return [.. now.Runs.Select(static run => run.Name).Where(name => !known.Contains(name))];
    }

    private static UserException Changed(SweepFolder folder, string what) =>
        new(
            $"{folder.Given}: the sweep was begun with another grid: {what}; expected the same, with more runs at "
                + $"most, or another --out");

    private static string Some(string[] names) =>
        string.Join("; ", names.Take(MostRuns)) + (names.Length > MostRuns ? "; …" : "");
}
