using CrossPT.Prompting.Routing;

namespace CrossPT.Prompting.Tests.Routing;

public sealed class AnnealingTests
{
    private static readonly RouterSettings s_linear = new() { Temperature = 5, Schedule = TemperatureSchedule.Linear };

    [Theory]
    [InlineData(0, 5)]
    [InlineData(100, 3)]
    [InlineData(249, .02)]
    [InlineData(250, .001)]
    [InlineData(100000, .001)]
    public void Linear_IsTheWorkedNumber(int step, double expected) =>
        Assert.Equal(expected, TaskRouter.Temperature(s_linear, step), 1e-12);

    [Fact]
    public void Exponential_AndConstant()
    {
        Assert.Equal(
            5 * Math.Exp(-2), TaskRouter.Temperature(s_linear with { Schedule = TemperatureSchedule.Exponential }, 100),
            1e-12);
        Assert.Equal(
            .001, TaskRouter.Temperature(s_linear with { Schedule = TemperatureSchedule.Exponential }, 1000), 1e-12);
        Assert.Equal(5, TaskRouter.Temperature(s_linear with { Schedule = TemperatureSchedule.Constant }, 1000));
    }

    [Theory]
    [InlineData(251, false)]
    [InlineData(252, true)]
    [InlineData(400, true)]
    public void Warning_WhereTheFloorIsReachedBeforeTheEnd(int steps, bool expected)
    {
        string? warning = TaskRouter.Warning(s_linear, steps);
        Assert.Equal(expected, warning is not null);
        if (expected) Assert.Contains($"step 250 of {steps}", warning, StringComparison.Ordinal);
        Assert.Null(TaskRouter.Warning(s_linear with { Schedule = TemperatureSchedule.Constant }, steps));
    }
}
