using System.Globalization;
using System.Text;

namespace CrossPT.Runner.Output;

/// <summary>A table for a terminal: the first column left, the others right.</summary>
internal sealed class TextTable(params string[] headings)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row; absent cells stay empty.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>Writes it, headings first.</summary>
    public void Write(TextWriter output)
    {
        int columns = Math.Max(headings.Length, _rows.Count == 0 ? 0 : _rows.Max(static row => row.Length));
        int[] widths = [.. Enumerable.Range(0, columns).Select(column => _rows.Append(headings).Max(row => Width(Cell(row, column))))];
        WriteRow(output, headings, widths);
        output.WriteLine(string.Join("  ", widths.Select(static width => new string('─', width))));
        foreach (string[] row in _rows) WriteRow(output, row, widths);
    }

    private static void WriteRow(TextWriter output, string[] row, int[] widths)
    {
        StringBuilder line = new();
        for (int column = 0; column < widths.Length; column++)
        {
            string cell = Cell(row, column), padding = new(' ', widths[column] - Width(cell));
            line.Append(column == 0 ? cell + padding : padding + cell).Append("  ");
        }
        output.WriteLine(line.ToString().TrimEnd());
    }

    private static string Cell(string[] row, int column) => column < row.Length ? row[column] : "";

    // Characters as a reader counts them: an accent is none of its own.
    private static int Width(string text) => new StringInfo(text).LengthInTextElements;
}
