using System.Globalization;

namespace CrossPT.Runner.Experiments.Report.Figures;

/// <summary>A scale from numbers to pixels, with round numbers at its ticks.</summary>
internal sealed class Scale
{
    private const int MostTicks = 6;

    private readonly double _from;
    private readonly double _to;
    private readonly bool _isLogarithmic;

    private Scale(double low, double high, double from, double to, bool isLogarithmic, IReadOnlyList<double> ticks)
    {
        Low = low;
        High = high;
        Ticks = ticks;
        _from = from;
        _to = to;
        _isLogarithmic = isLogarithmic;
    }

    public double Low { get; }

    public double High { get; }

    /// <summary>Numbers that get a line and a label.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>A scale that holds some numbers, from a round number to a round number.</summary>
    /// <param name="values">Those that are not finite are ignored.</param>
    /// <param name="from">Pixel of the lowest number.</param>
    /// <param name="to">Pixel of the highest number.</param>
    /// <param name="ticks">Roughly how many ticks.</param>
    public static Scale Linear(IEnumerable<double> values, double from, double to, int ticks = 5)
    {
        (double low, double high) = Bounds(values);
        if (high - low < 1e-9)
        {
            double margin = Math.Max(0.01, Math.Abs(low) * 0.05);
            low -= margin;
            high += margin;
        }
        double step = Round((high - low) / ticks);
        double first = Math.Floor((low / step) + 1e-9) * step;
        double last = Math.Ceiling((high / step) - 1e-9) * step;
        int count = (int)Math.Round((last - first) / step) + 1;
        return new Scale(first, last, from, to, false, [.. Enumerable.Range(0, count).Select(i => first + (i * step))]);
    }

    /// <summary>A logarithmic scale, for numbers above 0 that lie far apart.</summary>
    public static Scale Logarithmic(IEnumerable<double> values, double from, double to)
    {
        (double low, double high) = Bounds(values.Where(static one => one > 0).Select(Math.Log10));
        if (high - low < 0.3)
        {
            low -= 0.15;
            high += 0.15;
        }
        List<double> ticks = [];
        List<double> decades = [];
        for (int decade = (int)Math.Floor(low); decade <= high; decade++)
        {
            foreach (int digit in (int[])[1, 2, 5])
            {
                double tick = digit * Math.Pow(10, decade);
                if (Math.Log10(tick) < low || Math.Log10(tick) > high) continue;
                ticks.Add(tick);
                if (digit == 1) decades.Add(tick);
            }
        }
        return new Scale(
            Math.Pow(10, low), Math.Pow(10, high), from, to, true, ticks.Count > MostTicks ? decades : ticks);
    }

    /// <summary>The pixel of a number.</summary>
    public double At(double value)
    {
        double share = _isLogarithmic
            ? Math.Log10(Math.Max(value, Low) / Low) / Math.Log10(High / Low)
            : (value - Low) / (High - Low);
        return _from + (Math.Clamp(share, 0, 1) * (_to - _from));
    }

    /// <summary>The label of a tick, with no more decimals than it needs.</summary>
    public string Label(double tick)
    {
        if (Math.Abs(tick) < 1e-12) return "0";
        string text = Math.Abs(tick) is >= 1e5 or < 1e-3
            ? tick.ToString("0.#e0", CultureInfo.InvariantCulture)
            : Math.Round(tick, 6).ToString("0.######", CultureInfo.InvariantCulture);
        return text.Replace('-', '−');
    }

    private static (double Low, double High) Bounds(IEnumerable<double> values)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        return finite.Length == 0 ? (0, 1) : (finite.Min(), finite.Max());
    }

    private static double Round(double step)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(step)));
        double digit = (step / power) switch
        {
            <= 1 => 1,
            <= 2 => 2,
            <= 2.5 => 2.5,
            <= 5 => 5,
            _ => 10,
        };
        return power * digit;
    }
}
