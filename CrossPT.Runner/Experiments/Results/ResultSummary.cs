using CrossPT.Prompting.Evaluation;

namespace CrossPT.Runner.Experiments.Results;

/// <summary>
/// What some runs came to, honestly: every setting with mean, deviation and interval over its seeds, beside the score
/// of always giving the most frequent answer and the number of runs that diverged or collapsed. Runs are evaluated in
/// one way, the one their configuration says: there is no best of several.
/// </summary>
internal sealed class ResultSummary
{
    /// <summary>What the column of means over all tasks is called.</summary>
    public const string AverageName = "mean";

    private readonly Resampling _resampling = new();
    private readonly Dictionary<string, ResultRun> _bySettings = [];
    private readonly List<string> _unmatched = [];

    private ResultSummary(ResultSet set)
    {
        Set = set;
        Tasks = set.Tasks;
        foreach (ResultRun run in set.Runs) _bySettings[KeyOf(run.Settings)] = run;
        Rows = [.. set.Runs.GroupBy(run => KeyOf(WithoutSeed(run.Settings))).Select(group => Row([.. group]))];
        Exposed = BenchmarkExposure.TasksOf(set.Runs);
    }

    /// <summary>The runs.</summary>
    public ResultSet Set { get; }

    /// <summary>The tasks.</summary>
    public IReadOnlyList<string> Tasks { get; }

    /// <summary>A row a setting, in the order of the runs.</summary>
    public IReadOnlyList<ResultRow> Rows { get; }

    /// <summary>Tasks whose benchmark was in the backbone's pretraining.</summary>
    public IReadOnlyList<string> Exposed { get; }

    /// <summary>Whether rows are compared with a baseline.</summary>
    public bool HasBaseline =>
        Rows.Any(static row => row.IsBaseline)
            && Rows.Any(static row => row.AverageDifference is not null || row.Differences.Count > 0);

    /// <summary>Why runs are not compared with the baseline, one a run and reason.</summary>
    public IReadOnlyList<string> Unmatched => _unmatched;

    /// <summary>Runs that were evaluated on validation rows.</summary>
    public int OnValidation =>
        Set.Runs.Count(static run => run.Record?.Configuration.Evaluation.Split == EvaluationSplit.Validation);

    /// <summary>The first metric of a task, as the runs have it.</summary>
    public string MetricOf(string task) => Set.Runs.Select(run => run.Score(task)?.Metric).OfType<string>().First();

    /// <summary>What always giving the most frequent answer comes to on a task, mean over the runs.</summary>
    public double MajorityOf(string task) =>
        Set.Runs.Select(run => run.Score(task)).OfType<TaskScore>().Average(static score => score.Majority);

    /// <exception cref="IOException">The predictions of a run do not fit its metrics.</exception>
    public static ResultSummary Of(ResultSet set) => new(set);

    private ResultRow Row(ResultRun[] runs)
    {
        Dictionary<string, string> settings = WithoutSeed(runs[0].Settings);
        bool isBaseline =
            Set.Baseline.Count > 0 && Set.Baseline.All(one => settings.GetValueOrDefault(one.Key) == one.Value);
        ResultRow row = new(settings, runs)
        {
            IsBaseline = isBaseline,
            Tasks = Cells(task => Cell([.. runs.Select(run => (run, (ResultRun?)null))], [task])),
            Average = Tasks.Count > 1 ? Cell([.. runs.Select(static run => (run, (ResultRun?)null))], Tasks) : null,
        };
        if (isBaseline || Set.Baseline.Count == 0) return row;
        (ResultRun, ResultRun?)[] pairs =
            [.. runs.Where(static run => run.IsFinished).Select(run => (run, Paired(run)))
                .Where(static pair => pair.Item2 is not null)];
        foreach ((ResultRun run, ResultRun? other) in pairs)
        {
            foreach (string task in Tasks.Where(
                task => Has(run, task) && Has(other!, task) && !HaveSameRows(run, other!, task)))
                _unmatched.Add($"{run.Name} and {other!.Name} were not measured on the same test rows of {task}");
        }
        return row with
        {
            Differences = Cells(task => Cell(pairs, [task])),
            AverageDifference = Tasks.Count > 1 ? Cell(pairs, Tasks) : null,
        };
    }

    private Dictionary<string, ResultCell> Cells(Func<string, ResultCell?> cell) =>
        Tasks.Select(task => (task, Cell: cell(task))).Where(static one => one.Cell is not null)
            .ToDictionary(static one => one.task, static one => one.Cell!);

    /// <summary>
    /// Mean over tasks of runs, or of runs less those they are paired with; null where none has all the tasks.
    /// </summary>
    private ResultCell? Cell((ResultRun Run, ResultRun? Other)[] pairs, IReadOnlyList<string> tasks)
    {
        (ResultRun Run, ResultRun? Other)[] whole =
        [
            .. pairs.Where(pair => tasks.All(task => Has(pair.Run, task)
                && (pair.Other is null || (Has(pair.Other, task) && HaveSameRows(pair.Run, pair.Other, task))))),
        ];
        if (whole.Length == 0) return null;
        double[] values =
        [
            .. whole.Select(
                pair => tasks.Average(task => pair.Run.Score(task)!.Value - (pair.Other?.Score(task)!.Value ?? 0))),
        ];
        double[][] draws = [.. whole.Select((pair, i) => Draws(pair.Run, pair.Other, tasks) ?? [values[i]])];
        return new ResultCell(values, Resampling.IntervalOf(draws));
    }

    private static bool Has(ResultRun run, string task) => run.IsFinished && run.Score(task) is not null;

    /// <summary>
    /// Whether two runs were measured on the same rows, which shows where both kept their predictions.
    /// </summary>
    private bool HaveSameRows(ResultRun run, ResultRun other, string task) =>
        _resampling.RowsOf(run, task) is { } rows && rows == _resampling.RowsOf(other, task);

    private double[]? Draws(ResultRun run, ResultRun? other, IReadOnlyList<string> tasks)
    {
        double[] sums = new double[Resampling.Draws];
        foreach (string task in tasks)
        {
            if (_resampling.Of(run, task) is not { } own) return null;
            double[]? paired = other is null ? null : _resampling.Of(other, task);
            if (other is not null && paired is null) return null;
            for (int i = 0; i < sums.Length; i++) sums[i] += (own[i] - (paired?[i] ?? 0)) / tasks.Count;
        }
        return sums;
    }

    /// <summary>
    /// The run of the same seed that differs in nothing but the baseline's settings; null where there is none.
    /// </summary>
    private ResultRun? Paired(ResultRun run)
    {
        Dictionary<string, string> settings = new(run.Settings);
        foreach ((string axis, string label) in Set.Baseline) settings[axis] = label;
        if (!_bySettings.TryGetValue(KeyOf(settings), out ResultRun? other) || !other.IsFinished)
        {
            _unmatched.Add($"{run.Name}: the baseline has no finished run of its seed and other settings");
            return null;
        }
        // Single runs have no axis of seeds, so that the seed is in their configurations alone.
        long? own = run.Record?.Configuration.Seed, found = other.Record?.Configuration.Seed;
        if (own == found) return other;
        _unmatched.Add($"{run.Name} has the seed {own} and {other.Name} the seed {found}");
        return null;
    }

    /// <summary>The labels but the seed's, in the order of the axes.</summary>
    private Dictionary<string, string> WithoutSeed(IReadOnlyDictionary<string, string> settings)
    {
        List<string> order = [.. Set.Axes.Select(static axis => axis.Name)];
        return settings.Where(static one => one.Key != ResultAxis.Seed).OrderBy(one => order.IndexOf(one.Key))
            .ToDictionary(static one => one.Key, static one => one.Value);
    }

    private static string KeyOf(IReadOnlyDictionary<string, string> settings) =>
        string.Join(
            '\0',
            settings.OrderBy(static one => one.Key, StringComparer.Ordinal)
                .Select(static one => $"{one.Key}\u0001{one.Value}"));
}
