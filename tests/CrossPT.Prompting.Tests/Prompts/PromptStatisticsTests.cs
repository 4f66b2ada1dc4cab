using CrossPT.Prompting.Prompts;

namespace CrossPT.Prompting.Tests.Prompts;

public sealed class PromptStatisticsTests
{
    [Fact]
    public void Figures_AreThoseOfTheNumbers()
    {
        // The mean is 2.5; the differences from it are 0.5, −6.5, −2.5 and 8.5.
        PromptStatistics found = PromptStatistics.Of([3, -4, 0, 11], 2);
        Assert.Equal((2.5, -4, 11), (found.Mean, found.Least, found.Largest));
        Assert.Equal(Math.Sqrt((0.25 + 42.25 + 6.25 + 72.25) / 4), found.Deviation, 12);
        Assert.Equal(Math.Sqrt((9 + 16 + 121) / 4.0), found.RootMeanSquare, 12);
        Assert.Equal(new Spread(5, 8, 11), found.RowNorms);
    }

    [Fact]
    public void NotWholeRows_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => PromptStatistics.Of([1, 2, 3], 2));
        Assert.Throws<ArgumentException>(() => PromptStatistics.Of([], 2));
    }

    [Fact]
    public void Cosine_OfVectors()
    {
        Assert.Equal(0.6, PromptSimilarity.Cosine([3, 4], [2, 0]), 12);
        Assert.Equal(-1, PromptSimilarity.Cosine([3, 4], [-3, -4]), 12);
        Assert.True(double.IsNaN(PromptSimilarity.Cosine([0, 0], [1, 1])));
        Assert.Throws<ArgumentException>(() => PromptSimilarity.Cosine([1], [1, 2]));
    }

    [Fact]
    public void Matrix_LeavesOutWhatHasNoCosine()
    {
        double?[,] found = PromptSimilarity.Matrix([[1, 0], [1, 1], [0, 0], [1, 0, 0]]);
        Assert.Equal(Math.Sqrt(0.5), found[0, 1]!.Value, 12);
        Assert.Equal(found[0, 1], found[1, 0]);
        Assert.Equal((1.0, null, null, null), (found[0, 0]!.Value, found[2, 2], found[0, 2], found[3, 1]));
    }

    [Fact]
    public void MeanPool_IsTheMeanOfTheRows() => Assert.Equal([2, 3], PromptSimilarity.MeanPool([1, 2, 3, 4], 2));
}
