using CrossPT.Runner.Report.Markup;

namespace CrossPT.Runner.Report.Figures;

/// <summary>What lines and marks mean.</summary>
/// <param name="Entries">Names of the series, in order.</param>
internal sealed record Legend(IReadOnlyList<string> Entries)
{
    private const double Row = 18, Sample = 26, Gap = 18, Wide = 760, Narrow = 340;

    public double Height(double width) => (Places(width) is [.., var last] ? last.Y + Row : 0) + 4;

    /// <summary>Draws it from (0, 0), in as many rows as it takes.</summary>
    public void Draw(MarkupWriter svg, double width)
    {
        foreach ((int entry, double x, double y) in Places(width))
        {
            string at = Figure.Number(y + 8);
            svg.Add("line", null, ("class", $"l{entry % Palette.Series}"), ("x1", Figure.Number(x)), ("y1", at), ("x2", Figure.Number(x + Sample)), ("y2", at));
            Mark.Draw(svg, entry, x + (Sample / 2), y + 8);
            svg.Add("text", Figure.Short(Entries[entry]), ("x", Figure.Number(x + Sample + 6)), ("y", Figure.Number(y + 12)));
        }
    }

    /// <summary>It as a picture that lies above the panels.</summary>
    public void WriteInline(MarkupWriter page)
    {
        WriteInline(page, Wide, "legend wide");
        WriteInline(page, Narrow, "legend narrow");
    }

    private void WriteInline(MarkupWriter page, double width, string style)
    {
        string w = Figure.Number(width), h = Figure.Number(Height(width));
        using (page.Open("svg", ("class", style), ("viewBox", $"0 0 {w} {h}"), ("width", w), ("height", h), ("role", "img"), ("aria-label", $"Legend: {string.Join(", ", Entries)}"))) Draw(page, width);
    }

    private List<(int Entry, double X, double Y)> Places(double width)
    {
        List<(int, double, double)> places = [];
        double x = 0, y = 0;
        for (int i = 0; i < Entries.Count; i++)
        {
            double own = Sample + 6 + Figure.WidthOf(Figure.Short(Entries[i])) + Gap;
            if (x > 0 && x + own > width) (x, y) = (0, y + Row);
            places.Add((i, x, y));
            x += own;
        }
        return places;
    }
}
