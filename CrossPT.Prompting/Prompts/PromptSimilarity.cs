namespace CrossPT.Prompting.Prompts;

/// <summary>How alike two prompts of one width are, computed in float64.</summary>
public static class PromptSimilarity
{
    /// <summary>Cosine of two vectors; NaN where one is zero.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Cosine(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        if (a.Length != b.Length)
            throw new ArgumentException($"Cosine: {a.Length} numbers and {b.Length}, expected as many.", nameof(b));
        double product = 0, left = 0, right = 0;
        for (int i = 0; i < a.Length; i++)
        {
            product += a[i] * b[i];
            left += a[i] * a[i];
            right += b[i] * b[i];
        }
        return left == 0 || right == 0 ? double.NaN : product / Math.Sqrt(left) / Math.Sqrt(right);
    }

    /// <summary>The rows end to end [P·H]: as prompts are compared row by row.</summary>
    public static double[] Flatten(ReadOnlySpan<float> rows)
    {
        double[] flat = new double[rows.Length];
        for (int i = 0; i < flat.Length; i++) flat[i] = rows[i];
        return flat;
    }

    /// <summary>
    /// The mean of the rows [H]: as prompts are compared whatever the order and number of their rows.
    /// </summary>
    public static double[] MeanPool(ReadOnlySpan<float> rows, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        double[] mean = new double[width];
        for (int i = 0; i < rows.Length; i++) mean[i % width] += rows[i];
        int count = rows.Length / width;
        for (int i = 0; i < width; i++) mean[i] /= count;
        return mean;
    }

    /// <summary>Cosines [n, n] of vectors; null where two are of different lengths, or one is zero.</summary>
    public static double?[,] Matrix(IReadOnlyList<double[]> vectors)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        double?[,] cosines = new double?[vectors.Count, vectors.Count];
        for (int i = 0; i < vectors.Count; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                if (vectors[i].Length != vectors[j].Length) continue;
                double cosine = Cosine(vectors[i], vectors[j]);
                if (!double.IsNaN(cosine)) cosines[i, j] = cosines[j, i] = cosine;
            }
        }
        return cosines;
    }
}
