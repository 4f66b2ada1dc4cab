namespace CrossPT.Prompting.Prompts;

/// <summary>The least, the mean and the largest of some numbers.</summary>
public readonly record struct Spread(double Least, double Mean, double Largest)
{
    /// <summary>Of at least one number.</summary>
    public static Spread Of(IReadOnlyCollection<double> values) => new(values.Min(), values.Average(), values.Max());
}

/// <summary>What the numbers of a prompt [P, H] are like. Computed in float64.</summary>
/// <param name="Mean">Mean of all elements.</param>
/// <param name="Deviation">Their standard deviation, over P·H (not P·H − 1).</param>
/// <param name="Least">The least element.</param>
/// <param name="Largest">The largest element.</param>
/// <param name="RootMeanSquare">Root of the mean of the squares.</param>
/// <param name="RowNorms">Euclidean norms of the P rows.</param>
public sealed record PromptStatistics(
    double Mean, double Deviation, double Least, double Largest, double RootMeanSquare, Spread RowNorms)
{
    /// <summary>Of the rows of a prompt, end to end.</summary>
    /// <exception cref="ArgumentException">The numbers are not whole rows, or there are none.</exception>
    public static PromptStatistics Of(ReadOnlySpan<float> rows, int width)
    {
        double[] norms = NormsOf(rows, width);
        double sum = 0, squares = 0, least = double.PositiveInfinity, largest = double.NegativeInfinity;
        foreach (float value in rows)
        {
            sum += value;
            least = Math.Min(least, value);
            largest = Math.Max(largest, value);
        }
        double mean = sum / rows.Length;
        foreach (float value in rows) squares += (value - mean) * (value - mean);
        double variance = squares / rows.Length;
        double rootMeanSquare = Math.Sqrt(variance + (mean * mean));
        return new PromptStatistics(mean, Math.Sqrt(variance), least, largest, rootMeanSquare, Spread.Of(norms));
    }

    /// <summary>Euclidean norms of rows.</summary>
    /// <exception cref="ArgumentException">The numbers are not whole rows, or there are none.</exception>
    public static double[] NormsOf(ReadOnlySpan<float> rows, int width)
    {
        if (width < 1 || rows.IsEmpty || rows.Length % width != 0)
            throw new ArgumentException($"NormsOf: {rows.Length} numbers, expected rows of {width}.", nameof(rows));
        double[] norms = new double[rows.Length / width];
        for (int row = 0; row < norms.Length; row++)
        {
            double squares = 0;
            foreach (float value in rows.Slice(row * width, width)) squares += (double)value * value;
            norms[row] = Math.Sqrt(squares);
        }
        return norms;
    }
}
