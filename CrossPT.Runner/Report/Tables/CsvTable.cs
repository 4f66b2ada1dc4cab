using CsvHelper;

namespace CrossPT.Runner.Report.Tables;

/// <summary>A table as comma-separated values (RFC 4180); notes in columns of their own.</summary>
internal static class CsvTable
{
    public static string Write(ReportTable table)
    {
        bool[] notes = [.. Enumerable.Range(0, table.Headings.Count).Select(
            i => table.Rows.Any(row => row[i].Note is not null))];
        List<string[]> lines = [];
        Line(table.Headings.SelectMany(
            (heading, i) => notes[i] ? [Name(heading), $"{Name(heading)} interval"] : (string[])[Name(heading)]));
        foreach (IReadOnlyList<TableCell> row in table.Rows)
            Line(row.SelectMany((cell, i) => notes[i] ? [Cell(cell), Note(cell)] : (string[])[Cell(cell)]));
        return Write(lines);

        void Line(IEnumerable<string> cells) => lines.Add([.. cells]);
    }

    /// <summary>Lines of cells, quoted where they need it.</summary>
    public static string Write(IEnumerable<string[]> lines)
    {
        using StringWriter text = new();
        using (CsvWriter csv = CsvWriter.Create(text, new CsvWriterOptions(), leaveOpen: true))
        {
            foreach (string[] cells in lines) csv.WriteRecord(cells);
        }
        return text.ToString();
    }

    /// <summary>A name or label, which a spreadsheet must not take for a formula.</summary>
    public static string Plain(string text) => text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r'
        ? $"'{text}" : text;

    private static string Name(TableHeading heading) =>
        Plain(heading.Note is null ? heading.Text : $"{heading.Text} {heading.Note}");

    private static string Note(TableCell cell) => cell.Note is not { } note ? "" : cell.IsNumber
        ? note.Replace('−', '-') : Plain(note);

    private static string Cell(TableCell cell) => cell.IsNumber ? cell.Text.Replace('−', '-') : Plain(cell.Text);
}
