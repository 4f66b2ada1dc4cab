using System.Globalization;
using CrossPT.Runner.Report.Markup;

namespace CrossPT.Runner.Report.Figures;

/// <summary>Numbers as shades, rows by columns, each with its number.</summary>
internal sealed class MatrixPlot : Figure
{
    private const double CellHeight = 26, Top = 26;
    private const int Label = 20;

    public required IReadOnlyList<string> Rows { get; init; }

    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>[rows, columns]; null for none.</summary>
    public required double?[,] Values { get; init; }

    /// <summary>How a number is written.</summary>
    public required Func<double, string> Format { get; init; }

    /// <summary>The number of the darkest shade; 0 is the lightest.</summary>
    public double Most { get; init; } = 1;

    /// <summary>Whether there are numbers below 0, which get shades of another colour.</summary>
    public bool Signed { get; init; }

    /// <summary>What the rows are; empty where it goes without saying.</summary>
    public string RowTitle { get; init; } = "";

    public string ColumnTitle { get; init; } = "";

    public override double Width => Math.Max(Left + (Columns.Count * CellWidth) + Overhang, WidthOf(Short(Title, 44)) + 20);

    public override double Height => Head + (Rows.Count * CellHeight) + 8;

    private double CellWidth => Math.Max(40, Values.Cast<double?>().OfType<double>().Select(value => WidthOf(Format(value)) + 10).DefaultIfEmpty(0).Max());

    private double Left => Rows.Max(static row => WidthOf(Short(row, Label))) + 14;

    // Labels that do not fit above their column lean.
    private bool Leans => Columns.Any(column => WidthOf(Short(column, Label)) > CellWidth - 4);

    private double Longest => Columns.Max(static column => WidthOf(Short(column, Label)));

    private double Head => Top + (ColumnTitle.Length > 0 || RowTitle.Length > 0 ? 16 : 0) + (Leans ? (Longest * 0.6) + 12 : 18);

    // Labels lean over the columns to their right, and beyond the last.
    private double Overhang => Leans ? Math.Max(8, Columns.Select((column, i) => (WidthOf(Short(column, Label)) * 0.8) - ((Columns.Count - i - 0.5) * CellWidth)).Max() + 4) : 8;

    public override void Draw(MarkupWriter svg)
    {
        Text(svg, "t", 0, 14, Short(Title, 44));
        if (ColumnTitle.Length > 0) Text(svg, "m", Left, Top + 6, ColumnTitle);
        if (RowTitle.Length > 0) Text(svg, "m", 0, Head - 8, RowTitle);
        for (int column = 0; column < Columns.Count; column++)
        {
            double x = Left + ((column + 0.5) * CellWidth);
            string name = Short(Columns[column], Label);
            if (!Leans) Text(svg, "c", x, Head - 6, name);
            else svg.Add("text", name, ("transform", string.Create(CultureInfo.InvariantCulture, $"translate({Number(x - 4)},{Number(Head - 6)}) rotate(-38)")));
        }
        for (int row = 0; row < Rows.Count; row++)
        {
            double y = Head + (row * CellHeight);
            Text(svg, "e", Left - 8, y + 17, Short(Rows[row], Label));
            for (int column = 0; column < Columns.Count; column++) DrawCell(svg, row, column, y);
        }
    }

    private void DrawCell(MarkupWriter svg, int row, int column, double y)
    {
        if (Values[row, column] is not { } value) return;
        double x = Left + (column * CellWidth), share = Most == 0 ? 0 : value / Most;
        (string scale, int shade) = Signed ? ("d", Palette.SignedShadeOf(share)) : ("h", Palette.ShadeOf(share));
        using (svg.Open("g"))
        {
            svg.Add("title", $"{Rows[row]}, {Columns[column]}: {Format(value)}");
            svg.Add("rect", null, ("class", $"cell {scale}{shade}"), ("x", Number(x)), ("y", Number(y)), ("width", Number(CellWidth)), ("height", Number(CellHeight)), ("rx", "3"));
            Text(svg, $"c {scale}t{shade}", x + (CellWidth / 2), y + 17, Format(value));
        }
    }
}
