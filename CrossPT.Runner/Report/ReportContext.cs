using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report;

/// <summary>What the sections of a page share.</summary>
/// <param name="Summary">The figures.</param>
/// <param name="Files">Where figures and tables go.</param>
internal sealed record ReportContext(ResultSummary Summary, ReportFiles Files)
{
    public ResultSet Set => Summary.Set;

    /// <summary>Rows that have a finished run.</summary>
    public IReadOnlyList<ResultRow> Rows { get; } = [.. Summary.Rows.Where(static row => row.Finished > 0)];

    /// <summary>What stands for a row as a whole: the mean over the tasks, or the only task's metric.</summary>
    public static ResultCell? Overall(ResultRow row) => row.Average ?? (row.Tasks.Count == 1 ? row.Tasks.Values.First() : null);

    /// <summary>Its difference to the baseline.</summary>
    public static ResultCell? OverallDifference(ResultRow row) => row.AverageDifference ?? (row.Differences.Count == 1 ? row.Differences.Values.First() : null);

    /// <summary>What always giving the most frequent answer comes to, mean over the tasks.</summary>
    public double Majority => Summary.Tasks.Average(Summary.MajorityOf);

    /// <summary>What axes of figures are called.</summary>
    public string MetricName => Summary.Tasks.Select(Summary.MetricOf).Distinct().ToArray() is [var one] ? $"{one.Replace('_', ' ')}, %" : "first metric of each task, mean, %";
}
