using CrossPT.Tensors;

namespace CrossPT.Prompting.Evaluation;

/// <summary>Mean and spread of some measurements.</summary>
public readonly record struct SampleStatistics
{
    /// <summary>97.5 % points of Student's t for 1 to 19 degrees of freedom.</summary>
    private static readonly double[] s_t =
    [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
        2.110, 2.101, 2.093,
    ];

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
    /// <param name="seed">Seed of the draws.</param>
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

    /// <summary>
    /// Mean over two crossed kinds of draws [A, B] and its 95 % interval, which covers other draws of both: mean ±
    /// t·√V, V = s_A²/A + s_B²/B − s_AB²/(A·B), s_A² the variance of the row means, s_B² of the column means, s_AB² of
    /// what is left in the cells (a random-effects analysis of variance). t has Satterthwaite's degrees of freedom, V²
    /// over the sum of the squared terms, each divided by its own. With one row or one column alone, over the other
    /// kind.
    /// </summary>
    /// <param name="values">A value a cell; of a paired comparison, the differences.</param>
    /// <exception cref="ArgumentException">There are no cells.</exception>
    public static (double Mean, double Low, double High) CrossedInterval(double[,] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        int a = values.GetLength(0), b = values.GetLength(1);
        if (values.Length == 0)
            throw new ArgumentException($"SampleStatistics: [{a}, {b}] draws, expected one or more.", nameof(values));
        double[] rows = [.. Enumerable.Range(0, a).Select(i => Enumerable.Range(0, b).Average(j => values[i, j]))];
        double[] columns = [.. Enumerable.Range(0, b).Select(j => Enumerable.Range(0, a).Average(i => values[i, j]))];
        double mean = rows.Average();
        double byRows = Variance(rows, a) / a, byColumns = Variance(columns, b) / b;
        double left = 0;
        for (int i = 0; i < a; i++)
        {
            for (int j = 0; j < b; j++) left += Math.Pow(values[i, j] - rows[i] - columns[j] + mean, 2);
        }
        int cells = (a - 1) * (b - 1);
        double twice = cells > 0 ? left / cells / (a * b) : 0;
        double variance = byRows + byColumns - twice;
        double freedom = variance * variance
            / (Squared(byRows, a - 1) + Squared(byColumns, b - 1) + Squared(twice, cells));
        // By chance the estimate may fall below what one kind alone shows.
        if (variance < Math.Max(byRows, byColumns))
        {
            variance = Math.Max(byRows, byColumns);
            freedom = (byRows < byColumns ? b : a) - 1;
        }
        if (variance == 0) return (mean, mean, mean);
        double half = s_t[Math.Clamp((int)freedom, 1, s_t.Length) - 1] * Math.Sqrt(variance);
        return (mean, mean - half, mean + half);

        static double Squared(double term, int freedom) => freedom > 0 ? term * term / freedom : 0;

        double Variance(double[] means, int count) =>
            count < 2 ? 0 : means.Sum(one => (one - mean) * (one - mean)) / (count - 1);
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
