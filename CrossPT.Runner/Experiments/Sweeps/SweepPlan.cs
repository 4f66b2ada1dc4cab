using System.Globalization;
using System.Text.Json;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Demo;
using CrossPT.Runner.Experiments.Results;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>All runs of a sweep, each with its whole configuration.</summary>
internal sealed record SweepPlan
{
    /// <summary>Most runs of a sweep: beyond it lies a slip in a grid.</summary>
    public const int MostRuns = 10_000;

    /// <summary>Name of the sweep.</summary>
    public required string Name { get; init; }

    /// <summary>Title in reports.</summary>
    public string? Title { get; init; }

    /// <summary>A paragraph for reports.</summary>
    public string? About { get; init; }

    /// <summary>The grid as read, a JSON document.</summary>
    public required JsonElement Grid { get; init; }

    /// <summary>Names of the axes and the labels of their values.</summary>
    public required IReadOnlyList<ResultAxis> Axes { get; init; }

    /// <summary>The baseline: labels by axis.</summary>
    public IReadOnlyDictionary<string, string>? Baseline { get; init; }

    /// <summary>The runs; the last axis changes fastest.</summary>
    public required IReadOnlyList<SweepRun> Runs { get; init; }

    /// <summary>The same with every run's folder in that of the sweep.</summary>
    public SweepPlan In(SweepFolder folder) =>
        this with
        {
            Runs =
            [
                .. Runs.Select(
                    run => run with { Configuration = run.Configuration with { Out = folder.FolderOf(run.Name) } }),
            ],
        };

    /// <summary>Makes every run of a grid and reads its configuration.</summary>
    /// <exception cref="ConfigurationException">A configuration is wrong, two runs are the same, or there are too
    /// many.</exception>
    public static SweepPlan Expand(SweepGrid grid)
    {
        long count = 1;
        foreach (GridAxis axis in grid.Axes)
        {
            count *= axis.Choices.Count;
            if (count > MostRuns)
                throw new ConfigurationException(
                    grid.Place, $"the axes multiply to more than {MostRuns} runs, expected that many at most");
        }
        GridChoice[][] choices = [.. Enumerable.Range(0, (int)count).Select(place => Choose(grid.Axes, place))];
        string[] names = RunNames.Of(
            [
                .. choices.Select(
                    static chosen => chosen.Length == 0
                        ? "run"
                        : string.Join(',', chosen.Select(static choice => choice.NamePart)))]);
        SweepRun[] runs = [.. choices.Select((chosen, i) => new SweepRun(
            names[i],
            grid.Axes.Zip(chosen).ToDictionary(static pair => pair.First.Name, static pair => pair.Second.Label),
            Read(grid, chosen, names[i])))];
        CheckDifferent(runs, grid.Place);
        return new SweepPlan
        {
            Name = grid.Name,
            Title = grid.Title,
            About = grid.About,
            Grid = ToJson(grid.Document),
            Axes =
            [
                .. grid.Axes.Select(
                    static axis => new ResultAxis(axis.Name, [.. axis.Choices.Select(static choice => choice.Label)])),
            ],
            Baseline = grid.Baseline,
            Runs = runs,
        };
    }

    private static GridChoice[] Choose(IReadOnlyList<GridAxis> axes, int place)
    {
        GridChoice[] chosen = new GridChoice[axes.Count];
        for (int i = axes.Count - 1; i >= 0; i--)
        {
            chosen[i] = axes[i].Choices[place % axes[i].Choices.Count];
            place /= axes[i].Choices.Count;
        }
        return chosen;
    }

    private static RunConfiguration Read(SweepGrid grid, GridChoice[] chosen, string name)
    {
        ConfigValue configuration = grid.Configuration.At("");
        // A section before what is set inside it, wherever the two stand.
        foreach ((string path, ConfigValue value) in chosen.SelectMany(static choice => choice.Settings)
            .OrderBy(static setting => ConfigPath.Parse(setting.Path)!.Count))
            ConfigOverride.Apply(configuration, path, value);
        try
        {
            return DemoNames.Resolve(RunConfiguration.Read(configuration, name, grid.Place));
        }
        catch (ConfigurationException error) when (chosen.Length > 0)
        {
            throw new UserException($"{error.Message} (run {name})", inner: error);
        }
    }

    private static void CheckDifferent(SweepRun[] runs, string place)
    {
        Dictionary<string, string> known = [];
        foreach (SweepRun run in runs)
        {
            string text = ConfigJson.Text(run.Configuration.ToValue());
            if (known.TryAdd(text, run.Name)) continue;
            throw new ConfigurationException(place, string.Create(
                CultureInfo.InvariantCulture,
                $"the runs {known[text]} and {run.Name} have the same settings throughout, expected every run to be "
                    + $"another"));
        }
    }

    private static JsonElement ToJson(ConfigValue document)
    {
        using JsonDocument parsed = JsonDocument.Parse(ConfigJson.Text(document));
        return parsed.RootElement.Clone();
    }
}

/// <summary>A run of a sweep.</summary>
/// <param name="Name">Its name, which is its folder's.</param>
/// <param name="Settings">Its label on each axis.</param>
/// <param name="Configuration">Its whole configuration.</param>
internal sealed record SweepRun(
    string Name, IReadOnlyDictionary<string, string> Settings, RunConfiguration Configuration);

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
