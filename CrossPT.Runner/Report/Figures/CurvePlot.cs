using System.Text;
using CrossPT.Runner.Report.Markup;

namespace CrossPT.Runner.Report.Figures;

/// <summary>A line over steps.</summary>
/// <param name="Series">Colour.</param>
/// <param name="Points">Step and value.</param>
/// <param name="IsThin">Whether it is one of those that another is the mean of.</param>
internal sealed record Curve(int Series, IReadOnlyList<(double Step, double Value)> Points, bool IsThin = false);

/// <summary>Lines over the steps of training.</summary>
internal sealed class CurvePlot : Figure
{
    private const double Left = 44, Top = 26, Bottom = 36, Right = 12;

    public required IReadOnlyList<Curve> Curves { get; init; }

    /// <summary>Values that the scale must hold, so that panels side by side have one.</summary>
    public required IReadOnlyList<double> Range { get; init; }

    /// <summary>Whether the scale is in decades.</summary>
    public bool Logarithmic { get; init; }

    public override double Width => 296;

    public override double Height => 204;

    public override void Draw(MarkupWriter svg)
    {
        double bottom = Height - Bottom;
        Scale x = Scale.Linear([0, .. Curves.SelectMany(static curve => curve.Points).Select(static point => point.Step)], Left, Width - Right, 4);
        Scale y = Logarithmic ? Scale.Logarithmic(Range, bottom, Top) : Scale.Linear(Range, bottom, Top, 4);
        Text(svg, "t", 0, 14, Short(Title, 44));
        foreach (double tick in y.Ticks)
        {
            Line(svg, "gr", Left, y.At(tick), Width - Right, y.At(tick));
            Text(svg, "m e", Left - 8, y.At(tick) + 4, y.Label(tick));
        }
        foreach (double tick in x.Ticks) Text(svg, "m c", x.At(tick), bottom + 16, x.Label(tick));
        Text(svg, "m e", Width - Right, Height - 4, "step");
        Line(svg, "ax", Left, bottom, Width - Right, bottom);
        foreach (Curve curve in Curves) DrawCurve(svg, x, y, curve);
    }

    private static void DrawCurve(MarkupWriter svg, Scale x, Scale y, Curve curve)
    {
        StringBuilder path = new();
        bool gap = true;
        foreach ((double step, double value) in curve.Points)
        {
            // A line ends where a number does, and begins again after it.
            if (double.IsFinite(value)) path.Append(gap ? 'M' : 'L').Append(Number(x.At(step))).Append(' ').Append(Number(y.At(value)));
            gap = !double.IsFinite(value);
        }
        string style = curve.IsThin ? $"i{curve.Series % Palette.Series} thin" : $"l{curve.Series % Palette.Series}";
        if (path.Length > 0) svg.Add("path", null, ("class", style), ("d", path.ToString()));
    }
}
