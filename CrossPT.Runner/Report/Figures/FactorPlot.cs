using CrossPT.Runner.Report.Markup;
using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report.Figures;

/// <summary>A line of a factor plot.</summary>
/// <param name="Name">What it is of.</param>
/// <param name="Points">At each value of the factor; null where there is no finished run.</param>
internal sealed record FactorSeries(string Name, IReadOnlyList<IntervalPoint?> Points);

/// <summary>A metric against the values of an axis of the sweep, each with its interval.</summary>
internal sealed class FactorPlot : Figure
{
    private const double Left = 44, Top = 26, Bottom = 44, Right = 14;

    public required IReadOnlyList<string> Values { get; init; }

    public required IReadOnlyList<FactorSeries> Series { get; init; }

    /// <summary>Name of the factor.</summary>
    public required string Axis { get; init; }

    public required Func<double, string> Format { get; init; }

    /// <summary>A line to compare with; null for none.</summary>
    public double? Reference { get; init; }

    /// <summary>Whether points are joined: only where the values have an order.</summary>
    public bool Joined { get; init; }

    /// <summary>Whether it is for a narrow page.</summary>
    public bool IsNarrow { get; init; }

    public override Figure? Narrow => IsNarrow ? null : new FactorPlot
    {
        Title = Title, Description = Description, Values = Values, Series = Series, Axis = Axis, Format = Format, Reference = Reference, Joined = Joined, IsNarrow = true,
    };

    public override double Width => Math.Max(IsNarrow ? 340 : 520, Left + Right + (Values.Count * Math.Clamp(Values.Max(static one => WidthOf(Short(one, 18))) + 18, 64, 150)));

    public override double Height => 290;

    public override void Draw(MarkupWriter svg)
    {
        double bottom = Height - Bottom, step = (Width - Left - Right) / Values.Count;
        Scale y = Scale.Linear(
            [.. Series.SelectMany(static series => series.Points).OfType<IntervalPoint>().SelectMany(static point => (double[])[point.Value, point.Interval?.Low ?? point.Value, point.Interval?.High ?? point.Value]),
                .. Reference is { } one ? [one] : Array.Empty<double>()],
            bottom, Top);
        Text(svg, "t", 0, 14, Short(Title, 44));
        foreach (double tick in y.Ticks)
        {
            Line(svg, "gr", Left, y.At(tick), Width - Right, y.At(tick));
            Text(svg, "m e", Left - 8, y.At(tick) + 4, ResultText.Tick(tick));
        }
        if (Reference is { } reference) Line(svg, "ref", Left, y.At(reference), Width - Right, y.At(reference));
        for (int i = 0; i < Values.Count; i++) Text(svg, "m c", Left + ((i + 0.5) * step), bottom + 18, Short(Values[i], 18));
        Text(svg, "c", Left + ((Width - Left - Right) / 2), Height - 6, Short(Axis));
        // Side by side, so that intervals do not hide each other.
        double apart = Math.Min(9, step * 0.6 / Math.Max(1, Series.Count));
        for (int series = 0; series < Series.Count; series++)
        {
            double shift = (series - ((Series.Count - 1) / 2.0)) * apart;
            DrawSeries(svg, y, series, place => Left + ((place + 0.5) * step) + shift);
        }
    }

    private void DrawSeries(MarkupWriter svg, Scale y, int series, Func<int, double> x)
    {
        FactorSeries own = Series[series];
        int colour = series % Palette.Series;
        if (Joined)
        {
            string[] path = [.. Enumerable.Range(0, own.Points.Count).Where(i => own.Points[i] is not null).Select((i, place) => $"{(place == 0 ? "M" : "L")}{Number(x(i))} {Number(y.At(own.Points[i]!.Value))}")];
            if (path.Length > 1) svg.Add("path", null, ("class", $"l{colour}"), ("d", string.Concat(path)));
        }
        for (int i = 0; i < own.Points.Count; i++)
        {
            if (own.Points[i] is not { } point) continue;
            if (point.Interval is { } interval) Line(svg, $"i{colour}", x(i), y.At(interval.Low), x(i), y.At(interval.High));
            Mark.Draw(svg, series, x(i), y.At(point.Value), $"{own.Name}, {Values[i]}: {Format(point.Value)}");
        }
    }
}
