using System.Globalization;

namespace CrossPT.Runner.Experiments.Report.Figures;

/// <summary>A scale from numbers to pixels, with round numbers at its ticks.</summary>
internal sealed class Scale
{
    private readonly double _from, _to;
    private readonly bool _logarithmic;

    private Scale(double low, double high, double from, double to, bool logarithmic, IReadOnlyList<double> ticks) =>
        (Low, High, _from, _to, _logarithmic, Ticks) = (low, high, from, to, logarithmic, ticks);

    public double Low { get; }

    public double High { get; }

    /// <summary>Numbers that get a line and a label.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>A scale over some numbers, from a round number to a round number.</summary>
    /// <param name="values">What it must hold; numbers that are not finite are passed over.</param>
    /// <param name="from">Pixel of the least.</param>
    /// <param name="to">Pixel of the largest.</param>
    /// <param name="ticks">About as many ticks.</param>
    public static Scale Linear(IEnumerable<double> values, double from, double to, int ticks = 5)
    {
        (double low, double high) = Bounds(values);
        if (high - low < 1e-9) (low, high) = (low - Math.Max(0.01, Math.Abs(low) * 0.05), high + Math.Max(0.01, Math.Abs(high) * 0.05));
        double step = Round((high - low) / ticks);
        double first = Math.Floor((low / step) + 1e-9) * step, last = Math.Ceiling((high / step) - 1e-9) * step;
        return new Scale(first, last, from, to, false, [.. Enumerable.Range(0, (int)Math.Round((last - first) / step) + 1).Select(i => first + (i * step))]);
    }

    /// <summary>Decades, for numbers above 0 that lie far apart.</summary>
    public static Scale Logarithmic(IEnumerable<double> values, double from, double to)
    {
        (double low, double high) = Bounds(values.Where(static one => one > 0).Select(Math.Log10));
        if (high - low < 0.3) (low, high) = (low - 0.15, high + 0.15);
        List<double> ticks = [.. Enumerable.Range((int)Math.Floor(low) - 1, (int)(Math.Ceiling(high) - Math.Floor(low)) + 3)
            .SelectMany(static decade => (double[])[1, 2, 5], static (decade, digit) => digit * Math.Pow(10, decade)).Where(one => Math.Log10(one) >= low && Math.Log10(one) <= high)];
        if (ticks.Count > 6) ticks.RemoveAll(static one => Math.Abs(Math.Log10(one) - Math.Round(Math.Log10(one))) > 1e-9);
        return new Scale(Math.Pow(10, low), Math.Pow(10, high), from, to, true, ticks);
    }

    /// <summary>The pixel of a number.</summary>
    public double At(double value)
    {
        double share = _logarithmic ? Math.Log10(Math.Max(value, Low) / Low) / Math.Log10(High / Low) : (value - Low) / (High - Low);
        return _from + (Math.Clamp(share, 0, 1) * (_to - _from));
    }

    /// <summary>A tick's label, with no more decimals than the ticks need.</summary>
    public string Label(double tick)
    {
        if (Math.Abs(tick) < 1e-12) return "0";
        if (Math.Abs(tick) >= 1e5 || Math.Abs(tick) < 1e-3) return tick.ToString("0.#e0", CultureInfo.InvariantCulture).Replace('-', '−');
        return Math.Round(tick, 6).ToString("0.######", CultureInfo.InvariantCulture).Replace('-', '−');
    }

    private static (double Low, double High) Bounds(IEnumerable<double> values)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (double value in values.Where(double.IsFinite)) (low, high) = (Math.Min(low, value), Math.Max(high, value));
        return double.IsFinite(low) ? (low, high) : (0, 1);
    }

    private static double Round(double step)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(step))), digit = step / power;
        return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 2.5 ? 2.5 : digit <= 5 ? 5 : 10);
    }
}
