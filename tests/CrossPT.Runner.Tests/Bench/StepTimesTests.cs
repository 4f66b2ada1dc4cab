using CrossPT.Runner.Bench;

namespace CrossPT.Runner.Tests.Bench;

public sealed class StepTimesTests
{
    [Fact]
    public void Medians_AreOfEachPart()
    {
        StepTimes times = new();
        times.Add(new StepTime(1, 5, 10, 100));
        times.Add(new StepTime(3, 4, 20, 100));
        times.Add(new StepTime(2, 6, 40, 400));
        Assert.Equal(
            (2, 5, 20, 10_000, 70, 3),
            (
                times.ForwardMilliseconds, times.BackwardMilliseconds, times.StepMilliseconds, times.TokensPerSecond,
                times.TotalMilliseconds, times.Count));
        times.Add(new StepTime(4, 7, 40, 400));
        Assert.Equal(30, times.StepMilliseconds);
    }

    [Fact]
    public void PartsOfOtherSteps_CountForNothingElse()
    {
        StepTimes times = new();
        times.AddWhole(new StepTime(0, 0, 10, 100));
        times.AddParts(new StepTime(7, 8, 30, 100));

        Assert.Equal(7, times.ForwardMilliseconds);
        Assert.Equal(8, times.BackwardMilliseconds);
        Assert.Equal(10, times.StepMilliseconds);
        Assert.Equal(10, times.TotalMilliseconds);
        Assert.Equal(10_000, times.TokensPerSecond);
        Assert.Equal(1, times.Count);
    }
}
