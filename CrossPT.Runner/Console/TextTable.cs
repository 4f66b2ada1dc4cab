using System.Globalization;
using CrossPT.Runner.Cli;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace CrossPT.Runner.Consoles;

/// <summary>A table for a terminal or a file: the first column left, the others right.</summary>
/// <param name="headings">Headings of the columns.</param>
internal sealed class TextTable(params string[] headings)
{
    private const int Gap = 2;

    private static readonly Style s_bold = new(decoration: Decoration.Bold), s_grey = new(Color.Grey);

    private readonly List<(string Text, Color? Color)[]> _rows = [];

    /// <summary>Whether a line parts the headings from the rows.</summary>
    public bool HasRule { get; init; } = true;

    /// <summary>Adds a row; absent cells stay empty.</summary>
    public void Add(params string[] cells) => Add(cells.Select(static cell => (cell, (Color?)null)));

    /// <summary>Adds a row with colours of its own, for terminals that have them.</summary>
    public void Add(IEnumerable<(string Text, Color? Color)> cells) => _rows.Add([.. cells]);

    /// <summary>
    /// Writes it. Cells are folded between words where it is wider than the terminal; where that is not enough, each
    /// row becomes lines of heading and value.
    /// </summary>
    /// <param name="output">Where to.</param>
    /// <param name="terminal">
    /// What <paramref name="output"/> leads to; null for a file or a pipe, where nothing is folded.
    /// </param>
    public void Write(TextWriter output, Terminal? terminal)
    {
        using StringWriter text = new();
        IAnsiConsole console = Terminal.Open(terminal, text);
        (string Text, Color? Color)[][] rows =
            [.. _rows.Select(row => Array.ConvertAll(row, cell => (Show(cell.Text), cell.Color)))];
        string[] heads = [.. headings.Select(Show)];
        int width = console.Profile.Width;
        int[]? widths = Fit(heads, rows, width, foldsAll: false) ?? Fit(heads, rows, width, foldsAll: true);
        char rule = terminal is { IsUnicode: false } ? '-' : '─';
        console.Write(widths is null ? Stacked(heads, rows) : Columns(heads, rows, widths, rule));
        foreach (string line in text.ToString().TrimEnd().Split('\n')) output.WriteLine(line.TrimEnd());

        string Show(string cell)
        {
            string line = Failure.OneLine(cell);
            return terminal is { IsUnicode: false } ? Ascii.Of(line) : line;
        }
    }

    private Table Columns(string[] heads, (string Text, Color? Color)[][] rows, int[] widths, char rule)
    {
        Table table = new() { Border = TableBorder.None };
        for (int i = 0; i < widths.Length; i++)
        {
            table.AddColumn(new TableColumn(new Text(i < heads.Length ? heads[i] : "", s_bold))
            {
                Width = widths[i],
                Padding = new Padding(0, 0, i < widths.Length - 1 ? Gap : 0, 0),
                Alignment = i == 0 ? Justify.Left : Justify.Right,
            });
        }
        if (HasRule) table.AddRow(widths.Select(width => new Text(new string(rule, width), s_grey)));
        foreach ((string Text, Color? Color)[] row in rows) table.AddRow(row.Select(Shown));
        return table;
    }

    /// <summary>A line a cell, and an empty one between rows.</summary>
    private static Rows Stacked(string[] heads, (string Text, Color? Color)[][] rows)
    {
        List<IRenderable> lines = [];
        foreach ((string Text, Color? Color)[] row in rows)
        {
            for (int i = 0; i < row.Length; i++)
            {
                if (row[i].Text.Length == 0) continue;
                Paragraph line = new();
                if (i > 0) line.Append(i < heads.Length && heads[i].Length > 0 ? $"  {heads[i]}: " : "  ", s_grey);
                lines.Add(line.Append(row[i].Text, i == 0 ? s_bold : new Style(row[i].Color)));
            }
            lines.Add(new Text(""));
        }
        return new Rows(lines);
    }

    private static Text Shown((string Text, Color? Color) cell) => new(cell.Text, new Style(cell.Color));

    /// <summary>
    /// Widths of the columns, none less than its longest word; null where even that is too wide. Names and headings are
    /// folded sooner than numbers.
    /// </summary>
    private static int[]? Fit(string[] heads, (string Text, Color? Color)[][] rows, int width, bool foldsAll)
    {
        int columns = rows.Select(static row => row.Length).Append(heads.Length).Max();
        int[] widths = new int[columns], words = new int[columns];
        for (int i = 0; i < columns; i++)
        {
            string[] cells = [.. rows.Where(row => i < row.Length).Select(row => row[i].Text)];
            string[] all = i < heads.Length ? [heads[i], .. cells] : cells;
            widths[i] = all.Max(Width);
            words[i] = all.Max(static cell => cell.Split(' ').Max(Width));
            if (i > 0 && !foldsAll) words[i] = Math.Max(words[i], cells.Select(Width).DefaultIfEmpty(0).Max());
        }
        int excess = widths.Sum() + (Gap * (columns - 1)) - width;
        while (excess-- > 0)
        {
            // The widest of those that still have a place to be folded.
            int widest = Enumerable.Range(0, columns).MaxBy(i => widths[i] > words[i] ? widths[i] : -1);
            if (widths[widest] <= words[widest]) return null;
            widths[widest]--;
        }
        return widths;
    }

    private static int Width(string text) => new Segment(text).CellCount();
}

/// <summary>Numbers from 0 to 1 as shades with the numbers in hundredths.</summary>
internal static class HeatMap
{
    private const string Shades = " ░▒▓█";

    /// <summary>The picture as a table.</summary>
    /// <param name="rows">Names of the rows.</param>
    /// <param name="columns">Names of the columns.</param>
    /// <param name="values">[rows][columns].</param>
    public static TextTable Of(
        IReadOnlyList<string> rows, IReadOnlyList<string> columns, IReadOnlyList<double[]> values)
    {
        TextTable table = new(["", .. columns]) { HasRule = false };
        for (int row = 0; row < rows.Count; row++) table.Add([(rows[row], null), .. values[row].Select(Cell)]);
        return table;
    }

    private static (string Text, Color? Color) Cell(double value)
    {
        double share = Math.Clamp(value, 0, 1);
        string block = new(Shades[(int)Math.Min(Shades.Length - 1, share * Shades.Length)], 3);
        string number = Math.Round(100 * share).ToString(CultureInfo.InvariantCulture).PadLeft(2);
        // From a blue that recedes to an orange that stands out, on dark and light ground alike.
        return ($"{block} {number}", new Color((byte)(95 + (160 * share)), 135, (byte)(215 - (215 * share))));
    }
}
