using System.Text;

namespace CrossPT.Runner.Report.Tables;

/// <summary>A table as comma-separated values (RFC 4180); notes in columns of their own.</summary>
internal static class CsvTable
{
    public static string Write(ReportTable table)
    {
        bool[] notes = [.. Enumerable.Range(0, table.Headings.Count).Select(i => table.Rows.Any(row => row[i].Note is not null))];
        StringBuilder csv = new();
        Line(table.Headings.SelectMany((heading, i) => notes[i] ? [Name(heading), $"{Name(heading)} interval"] : (string[])[Name(heading)]));
        foreach (IReadOnlyList<TableCell> row in table.Rows) Line(row.SelectMany((cell, i) => notes[i] ? [Cell(cell), cell.Note ?? ""] : (string[])[Cell(cell)]));
        return csv.ToString();

        void Line(IEnumerable<string> cells) => csv.AppendJoin(',', cells.Select(Field)).Append("\r\n");
    }

    /// <summary>A field, in quotation marks where it needs them.</summary>
    public static string Field(string text) =>
        text.AsSpan().IndexOfAny("\",\r\n") >= 0 ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;

    /// <summary>A name or label, which a spreadsheet must not take for a formula.</summary>
    public static string Plain(string text) => text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? $"'{text}" : text;

    private static string Name(TableHeading heading) => Plain(heading.Note is null ? heading.Text : $"{heading.Text} {heading.Note}");

    private static string Cell(TableCell cell) => cell.IsNumber ? cell.Text.Replace('−', '-') : Plain(cell.Text);
}
