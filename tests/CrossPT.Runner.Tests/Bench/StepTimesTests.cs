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
        Assert.Equal((2, 5, 20, 10_000, 70, 3), (times.ForwardMilliseconds, times.BackwardMilliseconds, times.StepMilliseconds, times.TokensPerSecond, times.TotalMilliseconds, times.Count));
        times.Add(new StepTime(4, 7, 40, 400));
        Assert.Equal(30, times.StepMilliseconds);
    }
}
