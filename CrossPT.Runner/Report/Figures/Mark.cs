using CrossPT.Runner.Report.Markup;

namespace CrossPT.Runner.Report.Figures;

/// <summary>The mark of a series: circle, square, triangle or diamond.</summary>
internal static class Mark
{
    public static void Draw(MarkupWriter svg, int series, double x, double y, string? title = null)
    {
        string N(double value) => Figure.Number(value);
        string style = $"p{series % Palette.Series}";
        using MarkupWriter.Element mark = (series % 4) switch
        {
            0 => svg.Open("circle", ("class", style), ("cx", N(x)), ("cy", N(y)), ("r", "3.6")),
            1 => svg.Open("rect", ("class", style), ("x", N(x - 3.3)), ("y", N(y - 3.3)), ("width", "6.6"), ("height", "6.6")),
            2 => svg.Open("path", ("class", style), ("d", $"M{N(x)} {N(y - 4.4)}L{N(x + 4.2)} {N(y + 3.2)}H{N(x - 4.2)}Z")),
            _ => svg.Open("path", ("class", style), ("d", $"M{N(x)} {N(y - 4.6)}L{N(x + 4.6)} {N(y)}L{N(x)} {N(y + 4.6)}L{N(x - 4.6)} {N(y)}Z")),
        };
        if (title is not null) svg.Add("title", title);
    }
}
