using System.Globalization;
using CrossPT.Runner.Report.Markup;

namespace CrossPT.Runner.Report.Figures;

/// <summary>A picture as SVG: in the page, and as a file of its own.</summary>
internal abstract class Figure
{
    /// <summary>What it shows, in a few words.</summary>
    public required string Title { get; init; }

    /// <summary>What it shows to who cannot see it: the figures in words.</summary>
    public required string Description { get; init; }

    public abstract double Width { get; }

    public abstract double Height { get; }

    /// <summary>The same for a narrow page, where it would have to be scrolled otherwise; null where it would not.</summary>
    public virtual Figure? Narrow => null;

    /// <summary>Puts it into the page; where there is a narrow one too, the page shows the one that fits.</summary>
    public void WriteInline(MarkupWriter page)
    {
        if (Narrow is null)
        {
            WriteInline(page, null);
            return;
        }
        WriteInline(page, "wide");
        Narrow.WriteInline(page, "narrow");
    }

    private void WriteInline(MarkupWriter page, string? style)
    {
        using (Open(page, ("class", style), ("viewBox", $"0 0 {Number(Width)} {Number(Height)}"), ("width", Number(Width)), ("height", Number(Height)), ("role", "img")))
        {
            page.Add("title", Title);
            page.Add("desc", Description);
            Draw(page);
        }
    }

    /// <summary>A document of its own.</summary>
    public string ToFile() => SvgFile.Write(Title, Description, Width, Height, Draw);

    /// <summary>Draws it from (0, 0) to (<see cref="Width"/>, <see cref="Height"/>).</summary>
    public abstract void Draw(MarkupWriter svg);

    /// <summary>A number as SVG has it, in tenths of a pixel.</summary>
    public static string Number(double value) => Math.Round(value, 1).ToString(CultureInfo.InvariantCulture);

    /// <summary>Width of a text of 12 pixels, near enough to leave room for it.</summary>
    public static double WidthOf(string text) => text.Sum(static c => c > '\u2E80' ? 12.0 : c is 'i' or 'l' or '.' or ',' or ' ' or '\'' or 'j' or 't' or 'f' or 'r' or '=' ? 5.2 : char.IsAsciiLetterUpper(c) || c is 'm' or 'w' ? 10 : 7.5);

    /// <summary>A text that is cut where it is longer than <paramref name="most"/> characters.</summary>
    public static string Short(string text, int most = 40) => text.Length <= most ? text : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[most - 2]) ? most - 2 : most - 1), "…");

    protected static void Line(MarkupWriter svg, string style, double x1, double y1, double x2, double y2) =>
        svg.Add("line", null, ("class", style), ("x1", Number(x1)), ("y1", Number(y1)), ("x2", Number(x2)), ("y2", Number(y2)));

    protected static void Text(MarkupWriter svg, string style, double x, double y, string text) => svg.Add("text", text, ("class", style.Length == 0 ? null : style), ("x", Number(x)), ("y", Number(y)));

    private static MarkupWriter.Element Open(MarkupWriter page, params ReadOnlySpan<(string, string?)> attributes) => page.Open("svg", attributes);
}
