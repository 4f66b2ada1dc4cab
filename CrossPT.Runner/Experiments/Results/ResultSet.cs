using System.Text.Json.Serialization;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;

namespace CrossPT.Runner.Experiments.Results;

/// <summary>Runs that are looked at together: those of a sweep, or some run folders.</summary>
internal sealed record ResultSet
{
    /// <summary>Name of the sweep, or of what the runs are.</summary>
    public required string Name { get; init; }

    /// <summary>Title of the sweep; null for none.</summary>
    public string? Title { get; init; }

    /// <summary>Its description; null for none.</summary>
    public string? About { get; init; }

    /// <summary>The axes, seeds included.</summary>
    public IReadOnlyList<ResultAxis> Axes { get; init; } = [];

    /// <summary>The runs in their order, whether they are finished or not.</summary>
    public required IReadOnlyList<ResultRun> Runs { get; init; }

    /// <summary>Settings of the runs that the others are compared with; empty for none.</summary>
    public IReadOnlyDictionary<string, string> Baseline { get; init; } = new Dictionary<string, string>();

    /// <summary>What runs without a grid differ in, the seed apart; more than <see cref="Axes"/> may have.</summary>
    public IReadOnlyList<ResultAxis> Differences { get; init; } = [];

    /// <summary>The axes without seeds.</summary>
    public IEnumerable<ResultAxis> Factors => Axes.Where(static axis => !axis.IsSeed);

    /// <summary>The tasks, in the order in which the runs first name them.</summary>
    public IReadOnlyList<string> Tasks =>
        [.. Runs.SelectMany(static run => run.Scores).Select(static score => score.Task).Distinct()];

    /// <summary>
    /// Reads run folders, sweep folders and folders of them; several sweeps become one set with an axis <c>sweep</c>.
    /// </summary>
    /// <exception cref="IOException">A folder is none of a run or a sweep, or a file in it is broken.</exception>
    public static ResultSet Load(IReadOnlyList<string> paths)
    {
        ArgumentOutOfRangeException.ThrowIfZero(paths.Count);
        string[] folders = [.. paths.SelectMany(Expand)];
        string[] sweeps = [.. folders.Where(SweepFile.IsIn)];
        string[] runs = [.. folders.Where(static path => !SweepFile.IsIn(path))];
        List<ResultSet> sets = [.. sweeps.Select(SweepFile.ReadRuns)];
        if (runs.Length > 0) sets.Add(OfRuns(runs));
        return sets.Count == 1 ? sets[0] : ResultMerge.Of(sets, ResultMerge.NamesOf(sets));
    }

    /// <summary>
    /// Two sweeps, or two runs, side by side: the first is what the second is compared with, run by run of equal
    /// settings.
    /// </summary>
    public static ResultSet Compare(string first, string second)
    {
        ResultSet[] sets = [Load([first]), Load([second])];
        IReadOnlyList<string> names = ResultMerge.NamesOf(sets);
        return ResultMerge.Of(sets, names) with
        {
            Baseline = new Dictionary<string, string> { [ResultMerge.AxisName] = names[0] },
        };
    }

    /// <summary>A folder of a run or a sweep, or all of those that a folder has directly in it.</summary>
    private static string[] Expand(string folder)
    {
        if (SweepFile.IsIn(folder) || IsRun(folder)) return [folder];
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException(
                $"{folder}: no such folder, expected a run, a sweep or a folder of runs");
        }
        string[] inside =
        [
            .. Directory.GetDirectories(folder).Where(static one => SweepFile.IsIn(one) || IsRun(one))
                .Order(StringComparer.Ordinal),
        ];
        if (inside.Length > 0) return inside;
        throw new IOException(
            $"{folder}: neither {RunFolder.ConfigName} nor {SweepFile.FileName} in it or in a folder of it, "
            + "expected a run, a sweep or a folder of runs");
    }

    private static bool IsRun(string folder)
    {
        string record = Path.Combine(folder, RunFolder.ConfigName);
        return File.Exists(Path.Combine(folder, RunFailure.FileName))
            || (File.Exists(record) && RunConfiguration.IsRecord(record));
    }

    private static ResultSet OfRuns(string[] folders)
    {
        ResultRun[] runs =
        [
            .. folders.Select(
                static folder => ResultRun.Load(NameOf(folder), folder, new Dictionary<string, string>())),
        ];
        return RunAxes.Label(runs);
    }

    private static string NameOf(string folder) =>
        Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
}

/// <summary>An axis of some runs.</summary>
/// <param name="Name">A path of the configuration, or <c>variant</c>.</param>
/// <param name="Values">The labels of its values, in order.</param>
internal sealed record ResultAxis(string Name, IReadOnlyList<string> Values)
{
    /// <summary>The axis that runs are averaged over.</summary>
    public const string Seed = "seed";

    [JsonIgnore]
    public bool IsSeed => Name == Seed;
}

/// <summary>Puts several sets of runs into one.</summary>
internal static class ResultMerge
{
    /// <summary>The axis that tells the sets apart.</summary>
    public const string AxisName = "sweep";

    /// <summary>Names of the sets, no two alike.</summary>
    public static IReadOnlyList<string> NamesOf(IReadOnlyList<ResultSet> sets)
    {
        List<string> names = [];
        foreach (ResultSet set in sets)
        {
            string name = set.Name;
            for (int i = 2; names.Contains(name); i++) name = $"{set.Name} ({i})";
            names.Add(name);
        }
        return names;
    }

    /// <summary>One set of all runs, with the axes of all and one that says where a run is from.</summary>
    public static ResultSet Of(IReadOnlyList<ResultSet> sets, IReadOnlyList<string> names)
    {
        List<ResultAxis> axes = [new(AxisName, names)];
        foreach (ResultAxis axis in sets.SelectMany(static set => set.Axes))
        {
            int known = axes.FindIndex(one => one.Name == axis.Name);
            if (known < 0) axes.Add(axis);
            else axes[known] = axis with { Values = [.. axes[known].Values.Union(axis.Values)] };
        }
        List<ResultRun> runs = [];
        for (int i = 0; i < sets.Count; i++)
        {
            foreach (ResultRun run in sets[i].Runs)
                runs.Add(
                    run.With(
                        $"{names[i]}/{run.Name}",
                        new Dictionary<string, string>(run.Settings) { [AxisName] = names[i] }));
        }
        return new ResultSet { Name = string.Join(", ", names), Axes = axes, Runs = runs };
    }
}
