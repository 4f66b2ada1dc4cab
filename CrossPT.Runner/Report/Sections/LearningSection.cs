using CrossPT.Runner.Report.Data;
using CrossPT.Runner.Report.Figures;
using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report.Sections;

/// <summary>Losses and validation scores over the steps.</summary>
internal static class LearningSection
{
    /// <summary>Times that the largest loss is of the least before the scale is one of decades.</summary>
    private const double Wide = 12;

    public static ReportSection? Of(ReportContext context)
    {
        (ResultRow Row, CurveData[] Runs)[] rows = [.. context.Summary.Rows.Select(static row => (row, (CurveData[])[.. row.Runs.Where(static run => run.Record is not null).Select(CurveData.Of)]))
            .Where(static one => one.Item2.Any(static run => run.Losses.Count > 0))];
        if (rows.Length == 0) return null;
        return new ReportSection("learning", "Learning curves", page =>
        {
            double[] losses = [.. rows.SelectMany(static row => row.Runs).SelectMany(static run => run.Losses).Select(static point => point.Value).Where(double.IsFinite)];
            bool wide = losses.Length > 0 && losses.Min() > 0 && losses.Max() > Wide * losses.Min();
            context.Files.Add(page, new FigureGroup("loss", "Training loss",
                "Mean cross-entropy of the label tokens. The line is the mean over seeds, thin lines are single seeds; all panels have one scale" + (wide ? ", in decades." : "."),
                [.. rows.Select(row => Panel(row.Row, row.Runs, static run => run.Losses, losses, wide))]));
            double[] scores = [.. rows.SelectMany(static row => row.Runs).SelectMany(static run => run.Scores).Select(static point => point.Value).Where(double.IsFinite)];
            if (scores.Length == 0) return;
            context.Files.Add(page, new FigureGroup("validation", "Validation score",
                "Mean of the tasks' first metrics on the examples that selection looks at, which are not the test examples.",
                [.. rows.Where(static row => row.Runs.Any(static run => run.Scores.Count > 0)).Select(row => Panel(row.Row, row.Runs, static run => run.Scores, scores, false))]));
        });
    }

    private static CurvePlot Panel(ResultRow row, CurveData[] runs, Func<CurveData, IReadOnlyList<(double Step, double Value)>> points, double[] range, bool wide)
    {
        CurveData[] some = [.. runs.Where(run => points(run).Count > 0)], whole = [.. some.Where(static run => run.Run.IsFinished)];
        IReadOnlyList<(double Step, double Value)> mean = CurveData.Mean([.. (whole.Length > 0 ? whole : some).Select(points)]);
        return new CurvePlot
        {
            Title = RowLabel.Of(row),
            Description = mean.Count == 0 ? "No steps." : FormattableString.Invariant($"{RowLabel.Of(row)}: {mean[0].Value:0.###} at step {mean[0].Step}, {mean[^1].Value:0.###} at step {mean[^1].Step}."),
            Curves = [.. some.Length > 1 ? some.Select(run => new Curve(0, points(run), IsThin: true)) : [], new Curve(0, mean)], Range = range, Logarithmic = wide,
        };
    }
}
