using CrossPT.Prompting.Evaluation;

namespace CrossPT.Prompting.Tests.Evaluation;

public sealed class SampleStatisticsTests
{
    [Fact]
    public void MeanAndDeviation_AreThoseOfASample()
    {
        // Squares about 5: 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32, over 7.
        SampleStatistics sut = SampleStatistics.Of([2, 4, 4, 4, 5, 5, 7, 9]);
        Assert.Equal((8, 5.0), (sut.Count, sut.Mean));
        Assert.Equal(Math.Sqrt(32.0 / 7), sut.StandardDeviation, 12);
        Assert.Equal(
            (1, 3.5, 0.0),
            (
                SampleStatistics.Of([3.5]).Count, SampleStatistics.Of([3.5]).Mean,
                SampleStatistics.Of([3.5]).StandardDeviation));
    }

    [Fact]
    public void Interval_IsOfTheDrawnMeans()
    {
        Assert.Equal((0.25, 0.25), SampleStatistics.BootstrapInterval([0.25, 0.25, 0.25]));
        // Of 0 and 1, draws have the means 0, 1/2, 1/2, 1: the middle two fifths are all 1/2, the middle 95 in a
        // hundred reach from 0 to 1.
        Assert.Equal((0.5, 0.5), SampleStatistics.BootstrapInterval([0, 1], confidence: 0.4));
        Assert.Equal((0.0, 1.0), SampleStatistics.BootstrapInterval([0, 1]));
        // The mean of n draws has the variance σ²/n: of 0 … 99, 1.96 · 28.87 / 10 to either side of 49.5.
        (double low, double high) = SampleStatistics.BootstrapInterval(
            [.. Enumerable.Range(0, 100).Select(static i => (double)i)], draws: 20_000);
        Assert.Equal(49.5 - 5.66, low, 0.3);
        Assert.Equal(49.5 + 5.66, high, 0.3);
    }

    [Fact]
    public void Interval_IsOfTheSeed()
    {
        double[] values = [1, 2, 4, 8, 16];
        Assert.Equal(
            SampleStatistics.BootstrapInterval(values, seed: 3, draws: 50),
            SampleStatistics.BootstrapInterval(values, seed: 3, draws: 50));
        Assert.NotEqual(
            SampleStatistics.BootstrapInterval(values, seed: 3, draws: 50),
            SampleStatistics.BootstrapInterval(values, seed: 4, draws: 50));
    }

    [Fact]
    public void Nothing_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => SampleStatistics.Of([]));
        Assert.Throws<ArgumentException>(() => SampleStatistics.BootstrapInterval([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => SampleStatistics.BootstrapInterval([1], confidence: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => SampleStatistics.BootstrapInterval([1], draws: 1));
    }

    [Fact]
    public void CrossedInterval_CountsBothKindsOfDraws()
    {
        // Rows 1 and 3, columns 0 and 4, nothing left in the cells: variances 2/2 and 8/2, one degree of freedom.
        (double mean, double low, double high) = SampleStatistics.CrossedInterval(
            new double[,] { { -1, 3 }, { 1, 5 } });
        Assert.Equal(2, mean, 12);
        Assert.Equal(12.706 * Math.Sqrt(5), high - mean, 9);
        Assert.Equal(mean - low, high - mean, 12);
        // Of one kind alone it is Student's; of one cell, a point.
        (mean, low, high) = SampleStatistics.CrossedInterval(new double[,] { { 1, 2, 3 } });
        Assert.Equal(2, mean, 12);
        Assert.Equal(4.303 / Math.Sqrt(3), high - mean, 9);
        Assert.Equal((7.0, 7.0, 7.0), SampleStatistics.CrossedInterval(new double[,] { { 7 } }));
        Assert.Throws<ArgumentException>(() => SampleStatistics.CrossedInterval(new double[0, 0]));
    }

    [Fact]
    public void CrossedInterval_CountsWhatIsLeftInTheCellsOnce()
    {
        // A Latin square: all row and column means are 0.
        double[,] values = { { 2, 0, -2 }, { 0, -2, 2 }, { -2, 2, 0 } };
        (double mean, double low, double high) = SampleStatistics.CrossedInterval(values);
        Assert.Equal((0.0, 0.0, 0.0), (mean, low, high));
        values[0, 0] = 11;
        (mean, low, high) = SampleStatistics.CrossedInterval(values);
        Assert.Equal(1, mean, 12);
        // Row means and column means 3, 0, 0: of variance 3, over 3 draws.
        double left = 0;
        double[] means = [3, 0, 0];
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 3; j++) left += Math.Pow(values[i, j] - means[i] - means[j] + 1, 2);
        }
        Assert.Equal(4.303 * Math.Sqrt(Math.Max(1, 2 - (left / 4 / 9))), high - mean, 9);
    }

    [Fact]
    public void CrossedInterval_HasTheDegreesOfFreedomOfTheKindThatVaries()
    {
        // Row means of variance 5/3 over 4 draws, column means of 0.02 over 2, nothing left in the cells: degrees of
        // freedom 0.4267² / (0.4167²/3 + 0.01²/1) = 3.1, not the one of the two columns.
        double[,] values = { { -0.1, 0.1 }, { 0.9, 1.1 }, { 1.9, 2.1 }, { 2.9, 3.1 } };
        (double mean, _, double high) = SampleStatistics.CrossedInterval(values);
        Assert.Equal(1.5, mean, 12);
        Assert.Equal(3.182 * Math.Sqrt((5.0 / 12) + 0.01), high - mean, 9);
    }
}
