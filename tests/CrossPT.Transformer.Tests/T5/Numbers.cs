namespace CrossPT.Transformer.Tests.T5;

internal static class Numbers
{
    /// <summary>
    /// Fails where a number is off by more than the tolerance times the largest expected one; NaN fails.
    /// </summary>
    public static void Near(double[] expected, double[] actual, double tolerance, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        double largest = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(
                Math.Abs(expected[i] - actual[i]) <= tolerance * largest,
                $"{what}[{i}]: expected {expected[i]:R}, got {actual[i]:R}, "
                    + $"{Math.Abs(expected[i] - actual[i]) / largest:E2} of the largest.");
        }
    }
}
