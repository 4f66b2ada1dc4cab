using System.Globalization;
using CrossPT.Runner.Report.Data;
using CrossPT.Runner.Report.Tables;
using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report.Sections;

/// <summary>Every single run.</summary>
internal static class RunSection
{
    public static ReportSection Of(ReportContext context) => new("runs", "All runs", page => context.Files.Add(page, Table(context)));

    private static ReportTable Table(ReportContext context)
    {
        string[] tasks = [.. context.Summary.Tasks];
        TableHeading[] headings =
        [
            "run", "state", .. tasks.Select(task => new TableHeading(task, context.Summary.MetricOf(task), true)), new TableHeading("last loss", null, true), new TableHeading("steps", null, true),
            new TableHeading("training", "seconds", true),
        ];
        return new ReportTable("runs", "Every run as it stands: first metrics in percent, the loss of the last steps, wall time of the training.", headings, [.. context.Set.Runs.Select(run => Row(run, tasks))]);
    }

    private static IReadOnlyList<TableCell> Row(ResultRun run, string[] tasks)
    {
        CurveData curve = CurveData.Of(run);
        string state = run.Status.ToString().ToLowerInvariant();
        return
        [
            run.Name, new TableCell(run.Collapsed ? $"{state}, collapsed" : state, run.Message),
            .. tasks.Select(task => run.Score(task) is { } score ? TableCell.Number(ResultText.Percent(score.Value), score.Collapsed ? "collapsed" : null) : TableCell.None),
            curve.Losses.Count == 0 ? TableCell.None : TableCell.Number(curve.Losses[^1].Value.ToString("0.0000", CultureInfo.InvariantCulture)),
            curve.Losses.Count == 0 ? TableCell.None : TableCell.Number(curve.Losses[^1].Step.ToString(CultureInfo.InvariantCulture)),
            curve.Losses.Count == 0 ? TableCell.None : TableCell.Number(curve.Seconds.ToString("0.0", CultureInfo.InvariantCulture)),
        ];
    }
}
