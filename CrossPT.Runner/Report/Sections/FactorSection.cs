using CrossPT.Runner.Report.Figures;
using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report.Sections;

/// <summary>The metric against each axis of the sweep.</summary>
internal static class FactorSection
{
    private const int MostLines = Palette.Series;

    public static ReportSection? Of(ReportContext context)
    {
        ResultAxis[] factors = [.. context.Set.Factors.Where(static axis => axis.Values.Count > 1)];
        if (factors.Length == 0 || context.Rows.Count < 2) return null;
        return new ReportSection("factors", "Design factors", page =>
        {
            foreach (ResultAxis axis in factors)
            {
                if (Group(context, axis, factors) is { } group) context.Files.Add(page, group);
            }
        });
    }

    private static FigureGroup? Group(ReportContext context, ResultAxis axis, ResultAxis[] factors)
    {
        FactorSeries[] tasks = [.. context.Summary.Tasks.Take(MostLines).Select(task => Tasks(context, axis, task))];
        FactorSeries[] others = [.. Others(context, axis)];
        // With other factors, a line for each of their settings; without, a line for each task.
        bool isAlone = factors.Length == 1;
        FactorSeries[] lines = isAlone ? tasks : others;
        if (lines.Length == 0 || lines.All(static line => line.Points.All(static point => point is null))) return null;
        bool ordered = axis.Values.All(RowLabel.IsNumber);
        string means = isAlone ? "" : others.Length > 1 || !Equals(others[0].Name, Marginal) ? "A line is one setting of the other factors. " : "Every mark is the mean over all settings of the other factors. ";
        return new FigureGroup("factor", axis.Name, means + "Marks are means over seeds, bars 95 % bootstrap intervals over seeds and test examples. Dotted: always the most frequent answer.",
            [new FactorPlot
            {
                Title = isAlone && context.Summary.Tasks.Count == 1 ? context.Summary.Tasks[0] : context.MetricName, Axis = axis.Name, Values = axis.Values, Series = lines,
                Format = ResultText.Percent, Joined = ordered, Reference = context.Majority,
                Description = string.Join(" ", lines.Select(line => $"{line.Name}: {string.Join(", ", axis.Values.Zip(line.Points).Where(static one => one.Second is not null).Select(static one => $"{one.First} {ResultText.Percent(one.Second!.Value)}"))}.")),
            }]) { Legend = lines.Length > 1 ? new Legend([.. lines.Select(static line => line.Name)]) : null };
    }

    private const string Marginal = "all";

    private static FactorSeries Tasks(ReportContext context, ResultAxis axis, string task) => new(
        task, [.. axis.Values.Select(value => Point(context.Rows.FirstOrDefault(row => row.Settings.GetValueOrDefault(axis.Name) == value)?.Tasks.GetValueOrDefault(task), task))]);

    private static IEnumerable<FactorSeries> Others(ReportContext context, ResultAxis axis)
    {
        IGrouping<string, ResultRow>[] groups = [.. context.Rows.GroupBy(row => string.Join(", ", row.Settings.Where(one => one.Key != axis.Name).Select(static one => RowLabel.Of(one.Key, one.Value))))];
        if (groups.Length <= MostLines)
        {
            foreach (IGrouping<string, ResultRow> group in groups)
                yield return new FactorSeries(group.Key, [.. axis.Values.Select(value => Point(group.Where(row => row.Settings.GetValueOrDefault(axis.Name) == value).Select(ReportContext.Overall).FirstOrDefault(), group.Key))]);
            yield break;
        }
        // Too many to tell apart: the mean over them, whose interval is of the settings' means.
        yield return new FactorSeries(Marginal, [.. axis.Values.Select(value =>
        {
            double[] means = [.. context.Rows.Where(row => row.Settings.GetValueOrDefault(axis.Name) == value).Select(ReportContext.Overall).OfType<ResultCell>().Select(static cell => cell.Mean)];
            return means.Length == 0 ? null : new IntervalPoint(Marginal, means.Average(), Resampling.IntervalOf([.. means.Select(static mean => new[] { mean })]), means);
        })]);
    }

    private static IntervalPoint? Point(ResultCell? cell, string name) => cell is null ? null : new IntervalPoint(name, cell.Mean, cell.Interval, cell.Values);
}
