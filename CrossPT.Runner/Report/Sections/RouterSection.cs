using System.Globalization;
using CrossPT.Runner.Report.Data;
using CrossPT.Runner.Report.Figures;
using CrossPT.Runner.Report.Markup;
using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report.Sections;

/// <summary>How much of each source prompt every task takes, at the end and on the way there.</summary>
internal static class RouterSection
{
    /// <summary>Settings whose course is drawn.</summary>
    private const int MostCourses = 12;

    public static ReportSection? Of(ReportContext context)
    {
        (ResultRow Row, RouterData Data)[] rows = [.. context.Rows.Select(static row => (row, RouterData.Of(row))).Where(static one => one.Item2 is not null).Select(static one => (one.row, one.Item2!))];
        if (rows.Length == 0) return null;
        return new ReportSection("router", "Router", page =>
        {
            context.Files.Add(page, new FigureGroup("router", "Weights after training",
                "How much of each source prompt (columns) a task's prompt takes, by task (rows), mean over seeds.", [.. rows.Select(static row => Weights(row.Row, row.Data))]));
            for (int i = 0; i < Math.Min(rows.Length, MostCourses); i++)
            {
                if (rows[i].Data.Steps.Count > 1) WriteCourse(page, context, rows[i].Row, rows[i].Data, open: i == 0);
            }
            if (rows.Length > MostCourses) page.Add("p", string.Create(CultureInfo.InvariantCulture, $"The course of the first {MostCourses} of {rows.Length} settings is shown."), ("class", "aside"));
        });
    }

    private static MatrixPlot Weights(ResultRow row, RouterData data)
    {
        double[,] last = data.Weights[^1];
        double?[,] values = new double?[data.Tasks.Count, data.Columns.Count];
        for (int i = 0; i < data.Tasks.Count; i++)
        {
            for (int j = 0; j < data.Columns.Count; j++) values[i, j] = last[i, j];
        }
        string[] words = [.. data.Tasks.Select((task, i) => $"{task}: {string.Join(", ", data.Columns.Select((column, j) => $"{column} {ResultText.Hundredths(last[i, j])}"))}.")];
        return new MatrixPlot
        {
            Title = RowLabel.Of(row), Description = string.Join(" ", words), Rows = data.Tasks, Columns = data.Columns, Values = values, Format = ResultText.Hundredths,
            Most = Math.Max(1, values.Cast<double?>().Max() ?? 1),
        };
    }

    private static void WriteCourse(MarkupWriter page, ReportContext context, ResultRow row, RouterData data, bool open)
    {
        using (page.Open("details", ("open", open ? "" : null)))
        {
            page.Add("summary", $"How it changed in training: {RowLabel.Of(row)}");
            double most = Math.Max(1, data.Weights.Max(static one => one.Cast<double>().Max()));
            context.Files.Add(page, new FigureGroup("router-course", "Weights over the steps of training", "A panel a task, a line a source prompt; mean over seeds.",
                [.. data.Tasks.Select((task, i) => new CurvePlot
                {
                    Title = task, Range = [0, most],
                    Description = $"{task}, from the first to the last step: {string.Join(", ", data.Columns.Select((column, j) => $"{column} {ResultText.Hundredths(data.Weights[0][i, j])} to {ResultText.Hundredths(data.Weights[^1][i, j])}"))}.",
                    Curves = [.. data.Columns.Select((_, j) => new Curve(j, [.. data.Steps.Select((step, at) => ((double)step, data.Weights[at][i, j]))]))],
                })]) { Legend = new Legend(data.Columns) });
        }
    }
}
