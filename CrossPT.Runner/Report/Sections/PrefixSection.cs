using CrossPT.Runner.Report.Data;
using CrossPT.Runner.Report.Figures;
using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report.Sections;

/// <summary>How much rests on the text prefix: the cross-prefix matrix.</summary>
internal static class PrefixSection
{
    public static ReportSection? Of(ReportContext context)
    {
        (ResultRow Row, PrefixData Data)[] rows = [.. context.Rows.Select(static row => (row, PrefixData.Of(row))).Where(static one => one.Item2 is not null).Select(static one => (one.row, one.Item2!))];
        if (rows.Length == 0) return null;
        return new ReportSection("prefixes", "Text prefixes", page => context.Files.Add(page, new FigureGroup("prefixes", "Under other prefixes",
            "First metric of a task (rows), in percent, with its own text prefix and with others (columns) before the same trained prompt; mean over seeds. What falls rested on the prefix.",
            [.. rows.Select(static row => Matrix(row.Row, row.Data))])));
    }

    private static MatrixPlot Matrix(ResultRow row, PrefixData data) => new()
    {
        Title = RowLabel.Of(row), Rows = data.Tasks, Columns = data.Prefixes, Values = data.Values, Format = ResultText.Percent,
        Description = string.Join(" ", data.Tasks.Select((task, i) => $"{task}: {string.Join(", ", data.Prefixes.Select((prefix, j) => $"{prefix} {(data.Values[i, j] is { } value ? ResultText.Percent(value) : "none")}"))}.")),
    };
}
