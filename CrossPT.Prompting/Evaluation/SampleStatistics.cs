using CrossPT.Tensors;

namespace CrossPT.Prompting.Evaluation;

/// <summary>Mean and spread of some measurements.</summary>
public readonly record struct SampleStatistics
{
    private SampleStatistics(int count, double mean, double deviation)
    {
        Count = count;
        Mean = mean;
        StandardDeviation = deviation;
    }

    /// <summary>How many.</summary>
    public int Count { get; }

    /// <summary>Their mean.</summary>
    public double Mean { get; }

    /// <summary>Their standard deviation with n − 1 below the sum; 0 of one alone.</summary>
    public double StandardDeviation { get; }

    /// <summary>Statistics of some values.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static SampleStatistics Of(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count == 0)
            throw new ArgumentException("SampleStatistics: no values, expected one at least.", nameof(values));
        double mean = values.Average();
        double squares = values.Sum(value => (value - mean) * (value - mean));
        return new SampleStatistics(values.Count, mean, values.Count > 1 ? Math.Sqrt(squares / (values.Count - 1)) : 0);
    }

    /// <summary>
    /// Percentile interval of the mean by bootstrap: the units, seeds for example, are drawn again with repetition
    /// (Efron 1979).
    /// </summary>
    /// <param name="values">One a unit; of a paired comparison, the differences.</param>
    /// <param name="confidence">0.95 for the usual one.</param>
    /// <param name="seed">What the draws come from.</param>
    /// <param name="draws">How many.</param>
    public static (double Low, double High) BootstrapInterval(
        IReadOnlyList<double> values, double confidence = 0.95, ulong seed = 1, int draws = 2000)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count == 0)
            throw new ArgumentException("SampleStatistics: no values, expected one at least.", nameof(values));
        if (!(confidence > 0 && confidence < 1))
            throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "expected between 0 and 1");
        ArgumentOutOfRangeException.ThrowIfLessThan(draws, 2);
        CounterRandom random = new(seed, 0);
        double[] means = new double[draws];
        for (int draw = 0; draw < draws; draw++)
        {
            double sum = 0;
            for (int i = 0; i < values.Count; i++) sum += values[random.NextInt32(values.Count)];
            means[draw] = sum / values.Count;
        }
        return PercentileInterval(means, confidence);
    }

    /// <summary>Percentile interval of bootstrap draws (Efron 1979), which are sorted in place.</summary>
    /// <param name="draws">The statistic in every draw.</param>
    /// <param name="confidence">Share of the draws in the interval.</param>
    public static (double Low, double High) PercentileInterval(double[] draws, double confidence)
    {
        ArgumentNullException.ThrowIfNull(draws);
        Array.Sort(draws);
        double tail = (1 - confidence) / 2;
        int last = draws.Length - 1;
        return (draws[(int)Math.Floor(tail * last)], draws[(int)Math.Ceiling((1 - tail) * last)]);
    }
}
