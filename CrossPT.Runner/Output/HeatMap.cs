using System.Globalization;
using System.Security;
using System.Text;

namespace CrossPT.Runner.Output;

/// <summary>Numbers from 0 to 1 as a picture: rows by columns, in the terminal and as SVG.</summary>
/// <param name="rows">Names of the rows.</param>
/// <param name="columns">Names of the columns.</param>
/// <param name="values">[rows][columns].</param>
internal sealed class HeatMap(IReadOnlyList<string> rows, IReadOnlyList<string> columns, IReadOnlyList<double[]> values)
{
    private const string Shades = " ░▒▓█";
    private const int Cell = 44, Font = 12, Gap = 8;

    /// <summary>Writes it in shades of grey, with the numbers in hundredths.</summary>
    public void Write(TextWriter output)
    {
        int name = rows.Max(static row => row.Length);
        int[] widths = [.. columns.Select(static column => Math.Max(column.Length, 6))];
        output.WriteLine(new string(' ', name) + string.Concat(columns.Select((column, i) => "  " + column.PadLeft(widths[i]))));
        for (int row = 0; row < rows.Count; row++)
        {
            StringBuilder line = new(rows[row].PadRight(name));
            for (int column = 0; column < columns.Count; column++)
            {
                double value = Math.Clamp(values[row][column], 0, 1);
                char shade = Shades[(int)Math.Min(Shades.Length - 1, value * Shades.Length)];
                string cell = $"{new string(shade, 3)} {Math.Round(100 * value).ToString(CultureInfo.InvariantCulture).PadLeft(2)}";
                line.Append("  ").Append(cell.PadLeft(widths[column]));
            }
            output.WriteLine(line.ToString());
        }
    }

    /// <summary>It as an SVG document that needs nothing else: names, numbers, and a title for those who cannot see it.</summary>
    public string ToSvg(string title)
    {
        int left = (int)(rows.Max(static row => row.Length) * Font * 0.62) + (2 * Gap), top = (int)(columns.Max(static column => column.Length) * Font * 0.62) + 40;
        int width = left + (columns.Count * Cell) + Gap, height = top + (rows.Count * Cell / 2) + Gap;
        StringBuilder svg = new();
        svg.Append(Invariant($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" "));
        svg.Append(Invariant($"font-family=\"sans-serif\" font-size=\"{Font}\">\n<title>{Escape(title)}</title>\n"));
        svg.Append(Invariant($"<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n<text x=\"{Gap}\" y=\"18\" font-size=\"14\" fill=\"#111\">{Escape(title)}</text>\n"));
        for (int column = 0; column < columns.Count; column++)
        {
            double x = left + (column * Cell) + (Cell / 2.0) + 4;
            svg.Append(Invariant($"<text transform=\"translate({x},{top - 6}) rotate(-90)\" fill=\"#111\">{Escape(columns[column])}</text>\n"));
        }
        for (int row = 0; row < rows.Count; row++)
        {
            int y = top + (row * Cell / 2);
            svg.Append(Invariant($"<text x=\"{left - Gap}\" y=\"{y + 15}\" text-anchor=\"end\" fill=\"#111\">{Escape(rows[row])}</text>\n"));
            for (int column = 0; column < columns.Count; column++)
            {
                double value = Math.Clamp(values[row][column], 0, 1);
                int x = left + (column * Cell);
                svg.Append(Invariant($"<rect x=\"{x}\" y=\"{y}\" width=\"{Cell - 1}\" height=\"{(Cell / 2) - 1}\" fill=\"{Colour(value)}\"/>"));
                svg.Append(Invariant($"<text x=\"{x + (Cell / 2)}\" y=\"{y + 15}\" text-anchor=\"middle\" fill=\"{(value > 0.5 ? "#fff" : "#111")}\">{value:0.00}</text>\n"));
            }
        }
        return svg.Append("</svg>\n").ToString();
    }

    // From near white to a dark blue, evenly in lightness.
    private static string Colour(double value)
    {
        int Between(int light, int dark) => (int)Math.Round(light + (value * (dark - light)));
        return Invariant($"rgb({Between(245, 8)},{Between(248, 48)},{Between(252, 107)})");
    }

    private static string Escape(string text) => SecurityElement.Escape(text);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
