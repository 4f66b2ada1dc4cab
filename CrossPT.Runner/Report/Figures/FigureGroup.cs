using CrossPT.Runner.Report.Markup;

namespace CrossPT.Runner.Report.Figures;

/// <summary>One figure or several of a kind that stand side by side, with one caption and one file.</summary>
/// <param name="Name">Name of the file, without its ending.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Caption">How to read it.</param>
/// <param name="Panels">The figures.</param>
internal sealed record FigureGroup(string Name, string Title, string Caption, IReadOnlyList<Figure> Panels)
{
    private const int Columns = 3;
    private const double Gap = 16, Head = 26;

    /// <summary>What the series of all panels mean; null where the panels say it, or there is nothing to tell apart.</summary>
    public Legend? Legend { get; init; }

    /// <summary>All panels as one document.</summary>
    public string ToFile()
    {
        if (Panels.Count == 1 && Legend is null) return Panels[0].ToFile();
        int columns = Math.Min(Columns, Panels.Count);
        double width = Gap, y = Head + (Legend is null ? 0 : Legend.Height(columns * (Panels.Max(static one => one.Width) + Gap)));
        List<(Figure Figure, double X, double Y)> places = [];
        foreach (Figure[] row in Panels.Chunk(columns))
        {
            double x = Gap;
            foreach (Figure one in row)
            {
                places.Add((one, x, y));
                x += one.Width + Gap;
            }
            width = Math.Max(width, x);
            y += row.Max(static one => one.Height) + Gap;
        }
        return SvgFile.Write(Title, string.Join(" ", Panels.Select(static one => one.Description)), width, y, svg =>
        {
            svg.Add("text", Title, ("class", "t"), ("x", Figure.Number(Gap)), ("y", "18"));
            if (Legend is not null)
            {
                using (svg.Open("g", ("transform", $"translate({Figure.Number(Gap)},{Figure.Number(Head)})"))) Legend.Draw(svg, width - (2 * Gap));
            }
            foreach ((Figure figure, double x, double top) in places)
            {
                using (svg.Open("g", ("transform", $"translate({Figure.Number(x)},{Figure.Number(top)})"))) figure.Draw(svg);
            }
        });
    }
}
