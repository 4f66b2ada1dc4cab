namespace CrossPT.Runner.Results;

/// <summary>An interval of confidence.</summary>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>Share of draws that it holds.</summary>
    public const double Confidence = 0.95;

    /// <summary>The percentile interval of bootstrap draws (Efron 1979), which are sorted in place.</summary>
    public static Interval OfDraws(double[] draws)
    {
        Array.Sort(draws);
        double tail = (1 - Confidence) / 2;
        return new Interval(draws[(int)Math.Floor(tail * (draws.Length - 1))], draws[(int)Math.Ceiling((1 - tail) * (draws.Length - 1))]);
    }

    /// <summary>Whether 0 lies outside of it.</summary>
    public bool ExcludesZero => Low > 0 || High < 0;
}
