using System.Globalization;
using CrossPT.Runner.Report.Data;
using CrossPT.Runner.Report.Figures;
using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report.Sections;

/// <summary>What is taken for what.</summary>
internal static class ConfusionSection
{
    public static ReportSection? Of(ReportContext context)
    {
        (ResultRow Row, ConfusionData[] Tasks)[] rows = [.. context.Rows.Select(row => (row, (ConfusionData[])[.. context.Summary.Tasks.Select(task => ConfusionData.Of(row, task)).OfType<ConfusionData>()]))
            .Where(static one => one.Item2.Length > 0)];
        if (rows.Length == 0) return null;
        return new ReportSection("confusion", "Confusion matrices", page =>
        {
            for (int i = 0; i < rows.Length; i++)
            {
                using (page.Open("details", ("open", i == 0 ? "" : null)))
                {
                    page.Add("summary", RowLabel.Of(rows[i].Row));
                    context.Files.Add(page, new FigureGroup("confusion", "Right labels against predicted ones",
                        "Rows are right labels, columns predicted ones; a number is the share of the row in percent, over all seeds.", [.. rows[i].Tasks.Select(Matrix)]));
                }
            }
        });
    }

    private static MatrixPlot Matrix(ConfusionData data) => new()
    {
        Title = string.Create(CultureInfo.InvariantCulture, $"{Figure.Short(data.Task, 28)}, {data.Examples} answers"), Rows = data.Labels, Columns = data.Predicted, Values = data.Shares, Format = Whole,
        ColumnTitle = "predicted", RowTitle = "right",
        Description = string.Join(" ", data.Labels.Select((label, i) => $"{label} is taken for {string.Join(", ", data.Predicted.Select((other, j) => $"{other} in {Whole(data.Shares[i, j] ?? 0)} %"))}.")),
    };

    private static string Whole(double share) => Math.Round(100 * share).ToString(CultureInfo.InvariantCulture);
}
