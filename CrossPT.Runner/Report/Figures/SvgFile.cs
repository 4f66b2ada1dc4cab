using CrossPT.Runner.Report.Markup;

namespace CrossPT.Runner.Report.Figures;

/// <summary>A figure as a document of its own, in the light colours, that needs nothing else.</summary>
internal static class SvgFile
{
    private const string Head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

    public static string Write(string title, string description, double width, double height, Action<MarkupWriter> draw)
    {
        MarkupWriter svg = new();
        string w = Figure.Number(width), h = Figure.Number(height);
        using (svg.Open("svg", ("xmlns", "http://www.w3.org/2000/svg"), ("viewBox", $"0 0 {w} {h}"), ("width", w), ("height", h), ("role", "img")))
        {
            svg.Add("title", title);
            svg.Add("desc", description);
            svg.AddOwn(ProgramText.Style(Palette.ToRules(Palette.Light)));
            svg.Add("rect", null, ("class", "bg"), ("width", w), ("height", h));
            draw(svg);
        }
        return Head + svg;
    }
}
