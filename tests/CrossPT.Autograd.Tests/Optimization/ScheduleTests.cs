using CrossPT.Autograd.Optimization;

namespace CrossPT.Autograd.Tests.Optimization;

public sealed class ScheduleTests
{
    [Fact]
    public void Constant_Always_IsOne() =>
        Assert.Equal([1.0, 1, 1], new long[] { 0, 7, 1_000_000 }.Select(new ConstantSchedule().Factor));

    [Theory]
    [InlineData(0, 0.0)]
    [InlineData(1, 0.25)]
    [InlineData(3, 0.75)]
    [InlineData(4, 1.0)]
    [InlineData(5, 0.875)]
    [InlineData(8, 0.5)]
    [InlineData(12, 0.0)]
    [InlineData(13, 0.0)]
    public void WarmupLinear_EachStep_HasTheFactorByHand(long step, double factor)
        => Assert.Equal(factor, new WarmupLinearSchedule(4, 12).Factor(step), 15);

    [Theory]
    [InlineData(0, 0.0)]
    [InlineData(4, 1.0)]
    [InlineData(8, 0.6)]
    [InlineData(12, 0.2)]
    [InlineData(50, 0.2)]
    public void WarmupLinear_WithFloor_EndsThere(long step, double factor)
        => Assert.Equal(factor, new WarmupLinearSchedule(4, 12, floor: 0.2).Factor(step), 15);

    [Fact]
    public void WarmupLinear_WithoutWarmup_BeginsAtOne() =>
        Assert.Equal([1, 0.5, 0], new long[] { 0, 1, 2 }.Select(new WarmupLinearSchedule(0, 2).Factor));

    [Fact]
    public void WarmupLinear_AllWarmup_RisesToOne() =>
        Assert.Equal([0, 0.5, 0], new long[] { 0, 1, 2 }.Select(new WarmupLinearSchedule(2, 2).Factor));

    [Fact]
    public void FromShare_OfSteps_RoundsUp()
    {
        Assert.Equal(7, WarmupLinearSchedule.FromShare(0.06, 101).WarmupSteps);
        Assert.Equal(0, WarmupLinearSchedule.FromShare(0, 101).WarmupSteps);
    }

    [Fact]
    public void WarmupLinear_OutOfRange_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new WarmupLinearSchedule(5, 4));
        Assert.Throws<ArgumentException>(() => new WarmupLinearSchedule(-1, 4));
        Assert.Throws<ArgumentException>(() => new WarmupLinearSchedule(0, 0));
        Assert.Throws<ArgumentException>(() => new WarmupLinearSchedule(0, 4, 1.5));
        Assert.Throws<ArgumentException>(() => WarmupLinearSchedule.FromShare(double.NaN, 4));
    }
}
