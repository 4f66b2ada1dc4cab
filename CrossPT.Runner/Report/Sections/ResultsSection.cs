using CrossPT.Runner.Report.Figures;
using CrossPT.Runner.Report.Markup;
using CrossPT.Runner.Report.Tables;
using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report.Sections;

/// <summary>The main table, and its figures with intervals.</summary>
internal static class ResultsSection
{
    public static ReportSection? Of(ReportContext context) => context.Rows.Count == 0 ? null : new ReportSection("results", "Results", page =>
    {
        WriteFigures(page, context);
        context.Files.Add(page, Table(context));
        context.Files.Keep("results-long", ".csv", LongTable.Write(context.Summary));
    });

    private static void WriteFigures(MarkupWriter page, ReportContext context)
    {
        IntervalPoint[] points = [.. context.Rows.Select(row => (Row: row, Cell: ReportContext.Overall(row))).Where(static one => one.Cell is not null)
            .Select(static one => new IntervalPoint(RowLabel.Of(one.Row), one.Cell!.Mean, one.Cell.Interval, one.Cell.Values, one.Row.IsBaseline ? 7 : 0))];
        if (points.Length > 1)
        {
            context.Files.Add(page, new FigureGroup("results", context.Summary.Tasks.Count > 1 ? "Mean over the tasks" : $"{context.Summary.Tasks[0]}",
                "Marks are means over seeds, small strokes single seeds, lines 95 % bootstrap intervals over seeds and test examples. Dotted: always the most frequent answer.",
                [new IntervalPlot
                {
                    Title = "Results of all settings", Description = Words(points, ResultText.Percent), Points = points, Axis = context.MetricName, Format = ResultText.Percent,
                    Reference = (context.Majority, "most frequent answer"),
                }]));
        }
        IntervalPoint[] differences = [.. context.Rows.Select(row => (Row: row, Cell: ReportContext.OverallDifference(row))).Where(static one => one.Cell is not null)
            .Select(static one => new IntervalPoint(RowLabel.Of(one.Row), one.Cell!.Mean, one.Cell.Interval, one.Cell.Values))];
        if (ResultTable.Unmatched(context.Summary) is { } unmatched) page.Add("p", unmatched);
        if (differences.Length == 0) return;
        string baseline = string.Join(", ", context.Set.Baseline.Select(static one => RowLabel.Of(one.Key, one.Value)));
        context.Files.Add(page, new FigureGroup("differences", $"Difference to {baseline}",
            "Paired: every run less the run of the baseline with the same seed and settings, on the same test examples. An interval beside the dotted line is a difference beyond chance; "
            + "with many settings, one in twenty lies there by chance.",
            [new IntervalPlot
            {
                Title = $"Differences to {baseline}", Description = Words(differences, ResultText.Signed), Points = differences, Axis = "difference, percentage points",
                Format = ResultText.Signed, Reference = (0, ""),
            }]));
    }

    private static ReportTable Table(ReportContext context)
    {
        ResultSummary summary = context.Summary;
        ResultAxis[] factors = [.. summary.Set.Factors];
        bool averages = summary.Tasks.Count > 1;
        List<TableHeading> headings = [.. factors.Length == 0 ? [new TableHeading("run")] : factors.Select(static axis => new TableHeading(axis.Name))];
        // What is asked first stands first: a wide table is cut on the right.
        if (averages) headings.Add(new TableHeading(ResultSummary.AverageName, "of the tasks", true));
        if (summary.HasBaseline) headings.Add(new TableHeading("less baseline", "paired", true));
        headings.AddRange(summary.Tasks.Select(task => new TableHeading(
            task, summary.Exposed.Contains(task) ? $"{summary.MetricOf(task)}, {BenchmarkExposure.Note}" : summary.MetricOf(task), true)));
        headings.Add(new TableHeading("runs", null, true));
        List<IReadOnlyList<TableCell>> rows = [.. summary.Rows.Select(row => Row(summary, row, factors, averages))];
        List<TableCell> majority = ["most frequent answer", .. factors.Skip(1).Select(static _ => (TableCell)"")];
        if (averages) majority.Add(TableCell.Number(ResultText.Percent(context.Majority)));
        if (summary.HasBaseline) majority.Add("");
        majority.AddRange(summary.Tasks.Select(task => TableCell.Number(ResultText.Percent(summary.MajorityOf(task)))));
        majority.AddRange(Enumerable.Repeat((TableCell)"", headings.Count - majority.Count));
        rows.Add(majority);
        return new ReportTable("results", ResultTable.Caption(summary), headings, rows) { Footer = 1 };
    }

    private static List<TableCell> Row(ResultSummary summary, ResultRow row, ResultAxis[] factors, bool averages)
    {
        List<TableCell> cells = [.. factors.Length == 0 ? [row.Name] : factors.Select(axis => (TableCell)row.Settings.GetValueOrDefault(axis.Name, "—"))];
        if (averages) cells.Add(Cell(row.Average));
        if (summary.HasBaseline)
        {
            ResultCell? difference = ReportContext.OverallDifference(row);
            cells.Add(row.IsBaseline ? TableCell.Number("baseline") : difference is null ? TableCell.None : TableCell.Number(ResultText.Signed(difference.Mean), ResultText.SignedRange(difference.Interval)));
        }
        cells.AddRange(summary.Tasks.Select(task => Cell(row.Tasks.GetValueOrDefault(task))));
        string runs = ResultText.Runs(row);
        int comma = runs.IndexOf(',', StringComparison.Ordinal);
        cells.Add(comma < 0 ? TableCell.Number(runs) : TableCell.Number(runs[..comma], runs[(comma + 2)..]));
        return cells;
    }

    private static TableCell Cell(ResultCell? cell) => cell is null ? TableCell.None : TableCell.Number(ResultText.Spread(cell), ResultText.Range(cell.Interval));

    private static string Words(IEnumerable<IntervalPoint> points, Func<double, string> format) => string.Join("; ", points.Select(point =>
        $"{point.Name}: {format(point.Value)}{(point.Interval is { } known ? $" ({format(known.Low)} to {format(known.High)})" : "")}")) + ".";
}
