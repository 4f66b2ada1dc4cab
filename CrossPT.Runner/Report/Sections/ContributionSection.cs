using CrossPT.Runner.Report.Data;
using CrossPT.Runner.Report.Figures;
using CrossPT.Runner.Report.Tables;
using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report.Sections;

/// <summary>What the parts of the prompts are worth, by leaving them out.</summary>
internal static class ContributionSection
{
    /// <summary>Rows of a table that is not folded.</summary>
    private const int MostOpen = 12;

    public static ReportSection? Of(ReportContext context)
    {
        (ResultRow Row, ContributionData Data)[] rows = [.. context.Rows.Select(static row => (row, ContributionData.Of(row))).Where(static one => one.Item2 is not null).Select(static one => (one.row, one.Item2!))];
        if (rows.Length == 0) return null;
        return new ReportSection("contribution", "Contribution of the parts", page =>
        {
            double most = Math.Max(0.05, rows.Max(static row => row.Data.Losses.Cast<double?>().Max(static one => Math.Abs(one ?? 0))));
            context.Files.Add(page, new FigureGroup("contribution", "What is lost without a part",
                "Percentage points of a task's first metric (rows) that are lost when one source prompt, or the private part, is left out of the trained prompt (columns), the others as they are; mean over seeds. "
                + "Below 0, the task does better without.", [.. rows.Select(row => Losses(row.Row, row.Data, most))]));
            if (Alone(rows) is not { } table) return;
            using (page.Open("details", ("open", table.Rows.Count <= MostOpen ? "" : null)))
            {
                page.Add("summary", "The shared and the private part alone");
                context.Files.Add(page, table);
            }
        });
    }

    private static MatrixPlot Losses(ResultRow row, ContributionData data, double most) => new()
    {
        Title = RowLabel.Of(row), Rows = data.Tasks, Columns = data.Parts, Values = data.Losses, Format = ResultText.Signed, Most = most, Signed = true,
        Description = string.Join(" ", data.Tasks.Select((task, i) => $"{task}: {string.Join(", ", data.Parts.Select((part, j) => $"{part} {ResultText.Signed(data.Losses[i, j] ?? 0)}"))}.")),
    };

    private static ReportTable? Alone((ResultRow Row, ContributionData Data)[] rows)
    {
        List<IReadOnlyList<TableCell>> cells = [];
        foreach ((ResultRow row, ContributionData data) in rows)
        {
            for (int task = 0; task < data.Tasks.Count; task++)
            {
                if (data.OnlySources[task] is null && data.OnlyPrivate[task] is null) continue;
                cells.Add([RowLabel.Of(row), data.Tasks[task], TableCell.Number(ResultText.Percent(data.Whole[task])), Percent(data.OnlySources[task]), Percent(data.OnlyPrivate[task])]);
            }
        }
        if (cells.Count == 0) return null;
        return new ReportTable("alone", "The shared and the private part alone: first metric of each task in percent, mean over seeds.",
            ["setting", "task", new TableHeading("whole", null, true), new TableHeading("sources alone", null, true), new TableHeading("private part alone", null, true)], cells);
    }

    private static TableCell Percent(double? value) => value is { } known ? TableCell.Number(ResultText.Percent(known)) : TableCell.None;
}
