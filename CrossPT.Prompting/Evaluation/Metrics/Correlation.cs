namespace CrossPT.Prompting.Evaluation;

/// <summary>
/// Correlations of two series of numbers; null where one of them is constant, which no correlation is defined for.
/// </summary>
internal static class Correlation
{
    public static double? Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double meanX = Mean(x), meanY = Mean(y), across = 0, squaresX = 0, squaresY = 0;
        bool constantX = true, constantY = true;
        for (int i = 0; i < x.Length; i++)
        {
            double dx = x[i] - meanX, dy = y[i] - meanY;
            across += dx * dy;
            squaresX += dx * dx;
            squaresY += dy * dy;
            // Not by the sums: the mean of equal numbers may be off by a rounding.
            constantX &= x[i] == x[0];
            constantY &= y[i] == y[0];
        }
        return constantX || constantY ? null : Math.Clamp(across / Math.Sqrt(squaresX * squaresY), -1, 1);
    }

    /// <summary>Pearson's correlation of ranks, equal numbers at the mean of their ranks.</summary>
    public static double? Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y) => Pearson(Ranks(x), Ranks(y));

    internal static double[] Ranks(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray(), ranks = new double[values.Length];
        int[] places = [.. Enumerable.Range(0, values.Length)];
        Array.Sort(sorted, places);
        for (int first = 0, end; first < sorted.Length; first = end)
        {
            end = first + 1;
            while (end < sorted.Length && sorted[end] == sorted[first]) end++;
            for (int i = first; i < end; i++) ranks[places[i]] = (first + end + 1) / 2.0;
        }
        return ranks;
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values) sum += value;
        return sum / values.Length;
    }
}
