using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Tests.Tasks;

public sealed class FewShotSamplerTests
{
    private static readonly int[] s_labels = [.. Enumerable.Range(0, 100).Select(static i => i % 5 == 0 ? 0 : 1)];

    [Theory]
    [InlineData(32, 16)]
    [InlineData(33, 17)]
    [InlineData(1, 1)]
    [InlineData(60, 20)]
    [InlineData(100, 20)]
    public void Sample_IsBalancedAsFarAsPossible(int shots, int ofTheFirstLabel)
    {
        int[] sample = FewShotSampler.Sample(s_labels, 2, shots, seed: 7, "rte");
        Assert.Equal(shots, sample.Distinct().Count());
        Assert.Equal(ofTheFirstLabel, sample.Count(static row => s_labels[row] == 0));
    }

    [Fact]
    public void Sample_IsOfTheSeedAndTheTaskAlone()
    {
        int[] sample = FewShotSampler.Sample(s_labels, 2, 16, seed: 7, "rte");
        Assert.Equal(sample, FewShotSampler.Sample(s_labels, 2, 16, seed: 7, "rte"));
        Assert.NotEqual(sample, FewShotSampler.Sample(s_labels, 2, 16, seed: 8, "rte"));
        Assert.NotEqual(sample, FewShotSampler.Sample(s_labels, 2, 16, seed: 7, "mrpc"));
        Assert.Equal(sample, FewShotSampler.Sample(s_labels, 2, 32, seed: 7, "rte")[..16]);
    }

    [Fact]
    public void Sample_OfMoreThanThereIs_IsRefused() =>
        Assert.Throws<ArgumentException>(() => FewShotSampler.Sample(s_labels, 2, 101, 1, "rte"));
}
