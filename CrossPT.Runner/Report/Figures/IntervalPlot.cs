using CrossPT.Runner.Report.Markup;
using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report.Figures;

/// <summary>A value with its interval.</summary>
/// <param name="Name">Of what.</param>
/// <param name="Value">The value.</param>
/// <param name="Interval">Its interval; null for none.</param>
/// <param name="Points">What it is the mean of.</param>
/// <param name="Series">Colour and mark.</param>
internal sealed record IntervalPoint(string Name, double Value, Interval? Interval, IReadOnlyList<double> Points, int Series = 0);

/// <summary>Values with intervals, one below the other, and what they are to be seen beside.</summary>
internal sealed class IntervalPlot : Figure
{
    private const double Top = 8, Bottom = 44, Gutter = 20;

    public required IReadOnlyList<IntervalPoint> Points { get; init; }

    /// <summary>A line to compare with: the most frequent answer, or 0; null for none.</summary>
    public (double Value, string Name)? Reference { get; init; }

    /// <summary>What the axis says.</summary>
    public required string Axis { get; init; }

    /// <summary>How numbers are written.</summary>
    public required Func<double, string> Format { get; init; }

    /// <summary>Whether names stand above their rows, and not beside them.</summary>
    public bool IsNarrow { get; init; }

    public override Figure? Narrow => IsNarrow ? null : new IntervalPlot
    {
        Title = Title, Description = Description, Points = Points, Reference = Reference, Axis = Axis, Format = Format, IsNarrow = true,
    };

    public override double Width => Left + Plot + Right;

    public override double Height => Top + (Points.Count * Row) + Bottom;

    private double Row => IsNarrow ? 40 : 26;

    private double Plot => IsNarrow ? 274 : 430;

    private double Right => IsNarrow ? 52 : 64;

    private double Left => IsNarrow ? 14 : Points.Max(static point => WidthOf(Short(point.Name))) + Gutter;

    public override void Draw(MarkupWriter svg)
    {
        Scale x = Scale.Linear(
            [.. Points.SelectMany(static point => (double[])[point.Value, point.Interval?.Low ?? point.Value, point.Interval?.High ?? point.Value, .. point.Points]), .. Reference is { } one ? [one.Value] : Array.Empty<double>()],
            Left, Left + Plot);
        double bottom = Top + (Points.Count * Row);
        foreach (double tick in x.Ticks)
        {
            Line(svg, "gr", x.At(tick), Top, x.At(tick), bottom);
            Text(svg, "m c", x.At(tick), bottom + 16, ResultText.Tick(tick));
        }
        if (Reference is { } reference)
        {
            Line(svg, "ref", x.At(reference.Value), Top, x.At(reference.Value), bottom + 4);
            if (reference.Name.Length > 0) Text(svg, "m c", Math.Clamp(x.At(reference.Value), Left + (IsNarrow ? 46 : 40), Left + Plot - 20), bottom + 30, reference.Name);
        }
        Text(svg, "m e", Width - 2, bottom + (IsNarrow && Reference is { Name.Length: > 0 } ? 42 : 30), Axis);
        for (int i = 0; i < Points.Count; i++) DrawRow(svg, x, Points[i], Top + (i * Row) + (IsNarrow ? Row - 11 : Row / 2));
    }

    private void DrawRow(MarkupWriter svg, Scale x, IntervalPoint point, double y)
    {
        if (IsNarrow) Text(svg, "", 0, y - 12, Short(point.Name));
        else Text(svg, "e", Left - 12, y + 4, Short(point.Name));
        int series = point.Series % Palette.Series;
        foreach (double seed in point.Points.Count > 1 ? point.Points : []) Line(svg, $"i{series} thin", x.At(seed), y - 6, x.At(seed), y + 6);
        if (point.Interval is { } interval) Line(svg, $"i{series}", x.At(interval.Low), y, x.At(interval.High), y);
        Mark.Draw(svg, point.Series, x.At(point.Value), y, $"{point.Name}: {Format(point.Value)}{(point.Interval is { } known ? $", interval {Format(known.Low)} to {Format(known.High)}" : "")}");
        Text(svg, "", Left + Plot + 12, y + 4, Format(point.Value));
    }
}
