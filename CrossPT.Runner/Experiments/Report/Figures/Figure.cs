using System.Globalization;
using CrossPT.Runner.Experiments.Results;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace CrossPT.Runner.Experiments.Report.Figures;

/// <summary>
/// A drawing in SVG from (0, 0) to (<see cref="Width"/>, <see cref="Height"/>). Figures are Razor templates: the
/// compiler turns the markup of a <c>.razor</c> file into <see cref="BuildRenderTree"/>, and the page and the SVG file
/// both place the resulting <see cref="Content"/>.
/// </summary>
public abstract class Figure
{
    /// <summary>What the figure shows, in a few words.</summary>
    public required string Title { get; init; }

    /// <summary>The numbers in words, for readers who cannot see the figure.</summary>
    public string Description { get; init; } = "";

    /// <summary>In pixels.</summary>
    public abstract double Width { get; }

    /// <summary>In pixels.</summary>
    public abstract double Height { get; }

    /// <summary>Whether there is a layout for narrow pages, where this one would have to be scrolled.</summary>
    public virtual bool HasNarrow => false;

    /// <summary>The elements inside of the SVG element.</summary>
    public RenderFragment Content => BuildRenderTree;

    protected bool IsNarrow { get; private set; }

    /// <summary>The same figure laid out for a narrow page.</summary>
    public Figure ToNarrow()
    {
        Figure copy = (Figure)MemberwiseClone();
        copy.IsNarrow = true;
        return copy;
    }

    /// <summary>A length or coordinate, in tenths of a pixel.</summary>
    public static string Px(double value) => Math.Round(value, 1).ToString(CultureInfo.InvariantCulture);

    /// <summary>An upper estimate of the width of a text of 12 pixels.</summary>
    public static double WidthOf(string text) => text.Sum(WidthOf);

    /// <summary>The text, cut with an ellipsis where it is wider than <paramref name="width"/> pixels.</summary>
    public static string Fit(string text, double width)
    {
        if (WidthOf(text) <= width) return text;
        double used = WidthOf('…');
        int length = 0;
        while (used + WidthOf(text[length]) <= width) used += WidthOf(text[length++]);
        if (length > 0 && char.IsHighSurrogate(text[length - 1])) length--;
        return $"{text.AsSpan(0, length)}…";
    }

    /// <summary>The title, cut to the width of the figure; it is bold, which takes a tenth more.</summary>
    protected string FitTitle() => Fit(Title, Width / 1.1);

    protected abstract void BuildRenderTree(RenderTreeBuilder builder);

    private static double WidthOf(char c) => c switch
    {
        > '\u2E80' => 12,
        'i' or 'l' or '.' or ',' or ' ' or '\'' or 'j' or 't' or 'f' or 'r' or '=' => 5.2,
        'm' or 'w' or (>= 'A' and <= 'Z') => 10,
        _ => 7.5,
    };
}

/// <summary>One figure, or several of a kind side by side, with one caption and one SVG file.</summary>
/// <param name="Name">Name of the file, without its extension.</param>
/// <param name="Title">What the group shows.</param>
/// <param name="Caption">How to read it.</param>
/// <param name="Panels">The figures.</param>
public sealed record FigureGroup(string Name, string Title, string Caption, IReadOnlyList<Figure> Panels)
{
    /// <summary>Names of the series in all panels; null where there is nothing to tell apart.</summary>
    public Legend? Legend { get; init; }
}

/// <summary>A value with its interval.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Value">The mean.</param>
/// <param name="Interval">Null if there is none.</param>
/// <param name="Points">The single values, a seed each.</param>
/// <param name="Series">Colour and mark.</param>
public sealed record IntervalPoint(
    string Name, double Value, Interval? Interval, IReadOnlyList<double> Points, int Series = 0)
{
    /// <summary>The value and the ends of the interval.</summary>
    internal IEnumerable<double> Extent => Interval is { } known ? [Value, known.Low, known.High] : [Value];
}

/// <summary>A value at a training step.</summary>
public readonly record struct CurvePoint(double Step, double Value);
