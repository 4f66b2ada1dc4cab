using System.Globalization;
using CrossPT.Runner.Experiments.Results;

namespace CrossPT.Runner.Experiments.Report;

/// <summary>What the sections of a page share.</summary>
/// <param name="summary">The numbers.</param>
internal sealed class ReportContext(ResultSummary summary)
{
    private readonly Dictionary<ResultRun, TrainingCurve> _curves = [];

    public ResultSummary Summary => summary;

    public ResultSet Set => summary.Set;

    /// <summary>Settings that have a finished run.</summary>
    public IReadOnlyList<ResultRow> Rows { get; } = [.. summary.Rows.Where(static row => row.Finished > 0)];

    /// <summary>Sections that were rendered.</summary>
    public List<(string Id, string Title)> Contents { get; } = [];

    /// <summary>The majority baseline, mean over tasks.</summary>
    public double Majority => summary.Tasks.Average(summary.MajorityOf);

    /// <summary>Name of the axis of metrics in figures.</summary>
    public string MetricName => summary.Tasks.Select(summary.MetricOf).Distinct().ToArray() is [var one]
        ? $"{one.Replace('_', ' ')}, %"
        : "first metric of each task, mean, %";

    /// <summary>The mean over tasks of a setting, or its only task's metric.</summary>
    public static ResultCell? Overall(ResultRow row) => row.Average ?? OnlyOne(row.Tasks);

    /// <summary>The difference from the baseline.</summary>
    public static ResultCell? OverallDifference(ResultRow row) => row.AverageDifference ?? OnlyOne(row.Differences);

    /// <summary>The settings of which a section has something to show.</summary>
    public List<(ResultRow Row, T Data)> Find<T>(Func<ResultRow, T?> read)
        where T : class
    {
        List<(ResultRow, T)> found = [];
        foreach (ResultRow row in Rows)
        {
            if (read(row) is { } data) found.Add((row, data));
        }
        return found;
    }

    /// <summary>The training curve of a run, read once.</summary>
    /// <exception cref="IOException">The run's history is broken.</exception>
    public TrainingCurve CurveOf(ResultRun run)
    {
        if (_curves.TryGetValue(run, out TrainingCurve? known)) return known;
        return _curves[run] = TrainingCurve.Read(run);
    }

    /// <summary>What figures call a setting: names as they are, numbers with the name of their axis.</summary>
    public static string LabelOf(ResultRow row) => row.Settings.Count == 0
        ? row.Runs[0].Name
        : LabelOf(row.Settings);

    public static string LabelOf(IEnumerable<KeyValuePair<string, string>> settings) =>
        string.Join(", ", settings.Select(static one => LabelOf(one.Key, one.Value)));

    public static bool IsNumber(string value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
        && double.IsFinite(number);

    // "length = 10", "SIL"
    private static string LabelOf(string axis, string value) => IsNumber(value) || value is "true" or "false"
        ? $"{axis[(axis.LastIndexOf('.') + 1)..]} = {value}"
        : value;

    private static ResultCell? OnlyOne(IReadOnlyDictionary<string, ResultCell> cells) =>
        cells.Count == 1 ? cells.Values.First() : null;
}
