using CrossPT.Runner.Experiments.Results;

namespace CrossPT.Runner.Experiments.Report.Figures;

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
