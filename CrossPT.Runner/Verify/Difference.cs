namespace CrossPT.Runner.Verify;

/// <summary>How far values lie from golden ones.</summary>
/// <param name="MaxAbsolute">The largest absolute difference.</param>
/// <param name="MaxRelative">The same over the largest absolute golden value.</param>
/// <param name="RelativeL2">The length of the difference over that of the golden values.</param>
internal readonly record struct Difference(double MaxAbsolute, double MaxRelative, double RelativeL2)
{
    /// <summary>Compares values; what is no number is infinitely far from everything, itself too.</summary>
    public static Difference Of(ReadOnlySpan<float> values, ReadOnlySpan<float> golden)
    {
        if (values.Length != golden.Length)
            throw new ArgumentException($"Difference: {values.Length} values and {golden.Length} golden ones.");
        double largest = 0, largestGolden = 0, sum = 0, sumGolden = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double difference = Math.Abs((double)values[i] - golden[i]);
            if (!double.IsFinite(difference)) difference = double.PositiveInfinity;
            largest = Math.Max(largest, difference);
            largestGolden = Math.Max(largestGolden, Math.Abs((double)golden[i]));
            sum += difference * difference;
            sumGolden += (double)golden[i] * golden[i];
        }
        return new Difference(largest, Ratio(largest, largestGolden), Ratio(Math.Sqrt(sum), Math.Sqrt(sumGolden)));
    }

    private static double Ratio(double difference, double size) =>
        difference == 0 ? 0 : double.IsFinite(size) ? difference / size : double.PositiveInfinity;
}
