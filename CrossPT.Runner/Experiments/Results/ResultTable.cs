using System.Globalization;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Tasks;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;

namespace CrossPT.Runner.Experiments.Results;

/// <summary>A summary for the terminal: what <c>sweep</c> closes with.</summary>
internal static class ResultTable
{
    /// <summary>Columns of single tasks, beyond which the mean over all stands alone.</summary>
    private const int MostTasks = 6;

    private const int MostDifferences = 12, MostValues = 4;

    public static void Write(ConsoleOutput console, ResultSummary summary)
    {
        ResultAxis[] factors = [.. summary.Set.Factors];
        bool averages = summary.Tasks.Count > 1;
        string[] tasks = averages && summary.Tasks.Count > MostTasks ? [] : [.. summary.Tasks];
        List<string> headings =
        [
            .. factors.Length == 0 ? ["run"] : factors.Select(static axis => Failure.OneLine(axis.Name)),
        ];
        headings.AddRange(tasks.Select(task => $"{Failure.OneLine(task)} {summary.MetricOf(task)}"));
        headings.AddRange(averages ? [ResultSummary.AverageName, "95 % interval"] : ["95 % interval"]);
        if (summary.HasBaseline) headings.AddRange(["Δ vs baseline", "95 % interval"]);
        headings.Add("runs");
        TextTable table = new([.. headings]);
        foreach (ResultRow row in summary.Rows) table.Add(Cells(summary, row, factors, tasks, averages));
        if (summary.Tasks.Count > 0)
        {
            string[] majority =
            [
                .. Enumerable.Repeat("", Math.Max(1, factors.Length) - 1),
                .. tasks.Select(task => ResultText.Percent(summary.MajorityOf(task))),
            ];
            table.Add(
                ["majority baseline", .. majority, .. averages
                    ? [ResultText.Percent(summary.Tasks.Average(summary.MajorityOf))]
                    : Array.Empty<string>()]);
        }
        console.Write(table);
        console.WriteLine();
        console.WriteLine(Caption(summary));
        if (Differences(summary.Set) is { } differences) console.WriteLine(differences);
        if (Unmatched(summary) is { } unmatched) console.WriteLine(unmatched);
        if (summary.Exposed.Count > 0)
            console.WriteLine(
                $"{string.Join(", ", summary.Exposed.Select(Failure.OneLine))}: {BenchmarkExposure.Note} (the "
                    + $"backbone is a T5 v1.0)");
    }

    /// <summary>How the figures came about.</summary>
    public static string Caption(ResultSummary summary)
    {
        string seeds = summary.Rows.Any(static row => row.Finished > 1)
            ? "mean ± standard deviation over seeds; "
            : "";
        string pairs = summary.HasBaseline
            ? "; differences are paired, run by run of equal seed, on the same rows"
            : "";
        string rows = summary.OnValidation == 0
            ? "test"
            : summary.OnValidation == summary.Set.Runs.Count ? "validation" : "test or validation";
        return $"In percent: {seeds}intervals by bootstrap over seeds and {rows} examples, "
            + $"{Resampling.Draws.ToString(CultureInfo.InvariantCulture)} draws{pairs}.";
    }

    /// <summary>What the runs differ in, where the columns do not show it; else null.</summary>
    public static string? Differences(ResultSet set)
    {
        ResultAxis[] hidden = [.. set.Differences.Where(one => set.Axes.All(axis => axis.Name != one.Name))];
        if (hidden.Length == 0) return null;
        IEnumerable<string> shown = hidden.Take(MostDifferences).Select(static one =>
        {
            string values = string.Join(" / ", one.Values.Take(MostValues));
            return $"{one.Name} ({values}{(one.Values.Count > MostValues ? " / …" : "")})";
        });
        string more = hidden.Length > MostDifferences ? $", and {hidden.Length - MostDifferences} more" : "";
        return Failure.OneLine($"The runs differ in {string.Join(", ", shown)}{more}.");
    }

    /// <summary>What has no part in the differences, and why; null where everything has.</summary>
    public static string? Unmatched(ResultSummary summary) => summary.Unmatched switch
    {
        [] => null,
        [var only] => Failure.OneLine($"Not compared: {only}"),
        [var first, ..] => Failure.OneLine(
            $"Not compared: {first}, and {Plural.Of(summary.Unmatched.Count - 1, "other pair")}"),
    };

    private static string[] Cells(
        ResultSummary summary, ResultRow row, ResultAxis[] factors, string[] tasks, bool averages)
    {
        ResultCell? main = averages ? row.Average : row.Tasks.Values.FirstOrDefault();
        ResultCell? difference = averages ? row.AverageDifference : row.Differences.Values.FirstOrDefault();
        List<string> cells =
        [
            .. factors.Length == 0
                ? [Failure.OneLine(row.Name)]
                : factors.Select(axis => Failure.OneLine(row.Settings.GetValueOrDefault(axis.Name, "—"))),
        ];
        cells.AddRange(
            tasks.Select(task => row.Tasks.TryGetValue(task, out ResultCell? cell) ? ResultText.Spread(cell) : "—"));
        if (averages) cells.Add(main is null ? "—" : ResultText.Spread(main));
        cells.Add(ResultText.Range(main?.Interval));
        if (summary.HasBaseline)
            cells.AddRange(
                row.IsBaseline
                    ? ["baseline", ""]
                    : [difference is null
                        ? "—"
                        : ResultText.Signed(difference.Mean), ResultText.SignedRange(difference?.Interval)]);
        cells.Add(ResultText.Runs(row));
        return [.. cells];
    }
}

/// <summary>A figure over the seeds of a setting.</summary>
/// <param name="Values">One a finished run, or one a pair of them.</param>
/// <param name="Interval">Bootstrap over seeds and test examples; null where there is one value and its examples were
/// not kept.</param>
internal sealed record ResultCell(IReadOnlyList<double> Values, Interval? Interval)
{
    public int Count => Values.Count;

    public double Mean => Values.Average();

    /// <summary>
    /// Standard deviation over the seeds; null of one alone, which says nothing of how far the next would lie.
    /// </summary>
    public double? Deviation => Count > 1 ? SampleStatistics.Of(Values).StandardDeviation : null;
}

/// <summary>Figures as tables write them: metrics in hundredths, so that 0.853 is 85.3.</summary>
internal static class ResultText
{
    /// <summary><c>85.3</c>.</summary>
    public static string Percent(double value) => (100 * value).ToString("F1", CultureInfo.InvariantCulture);

    /// <summary>A metric: in percent, or an error in the unit of the scores, <c>0.813</c>.</summary>
    public static string Metric(TaskMetric metric, double value) => TaskMetrics.IsError(metric)
        ? value.ToString("G3", CultureInfo.InvariantCulture)
        : Percent(value);

    /// <summary><c>+1.2</c>, <c>−0.4</c>, <c>0.0</c>.</summary>
    public static string Signed(double value)
    {
        string text = Percent(Math.Abs(value));
        return text == "0.0" ? text : (value < 0 ? "−" : "+") + text;
    }

    /// <summary>A weight or a cosine: <c>0.85</c>, <c>−0.04</c>; what rounds to nothing is <c>0.00</c>.</summary>
    public static string Hundredths(double value)
    {
        string text = Math.Abs(value).ToString("0.00", CultureInfo.InvariantCulture);
        return value < 0 && text != "0.00" ? $"−{text}" : text;
    }

    /// <summary>The label of a tick: <c>85</c>, <c>2.5</c>.</summary>
    public static string Tick(double value) =>
        Math.Round(100 * value, 4).ToString("0.##", CultureInfo.InvariantCulture).Replace('-', '−');

    /// <summary><c>85.3 ± 1.2</c>.</summary>
    public static string Spread(ResultCell cell) =>
        cell.Deviation is { } deviation ? $"{Percent(cell.Mean)} ± {Percent(deviation)}" : Percent(cell.Mean);

    /// <summary><c>[83.1, 87.0]</c>; nothing without an interval.</summary>
    public static string Range(Interval? interval) =>
        interval is { } known ? $"[{Percent(known.Low)}, {Percent(known.High)}]" : "";

    /// <summary><c>[+0.1, +2.4]</c>; nothing without an interval.</summary>
    public static string SignedRange(Interval? interval) =>
        interval is { } known ? $"[{Signed(known.Low)}, {Signed(known.High)}]" : "";

    /// <summary>Of the runs of a row: <c>3</c>, or <c>2 of 3</c> with what became of the others.</summary>
    public static string Runs(ResultRow row)
    {
        string count = row.Finished == row.Runs.Count ? $"{row.Finished}" : $"{row.Finished} of {row.Runs.Count}";
        string[] others =
        [
            .. Part(row.Diverged, "diverged"), .. Part(row.Collapsed, "collapsed"), .. Part(row.Failed, "failed"),
            .. Part(row.Unfinished, "unfinished"),
        ];
        return others.Length == 0 ? count : $"{count}, {string.Join(", ", others)}";

        static string[] Part(int number, string word) =>
            number == 0 ? [] : [string.Create(CultureInfo.InvariantCulture, $"{number} {word}")];
    }
}
