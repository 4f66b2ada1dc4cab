using CrossPT.Prompting.Evaluation;

namespace CrossPT.Runner.Results;

/// <summary>An interval of confidence.</summary>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>Share of draws that it holds.</summary>
    public const double Confidence = 0.95;

    /// <summary>The percentile interval of bootstrap draws, which are sorted in place.</summary>
    public static Interval OfDraws(double[] draws)
    {
        (double low, double high) = SampleStatistics.PercentileInterval(draws, Confidence);
        return new Interval(low, high);
    }

    /// <summary>Whether 0 lies outside of it.</summary>
    public bool ExcludesZero => Low > 0 || High < 0;
}
