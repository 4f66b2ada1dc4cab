using CrossPT.Runner.Verify;

namespace CrossPT.Runner.Tests.Verify;

public sealed class DifferenceTests
{
    [Fact]
    public void Of_MeasuresAgainstTheGoldenValues()
    {
        Difference difference = Difference.Of([1, 2, -4], [1, 2.5f, -5]);
        Assert.Equal(1, difference.MaxAbsolute);
        Assert.Equal(0.2, difference.MaxRelative, 1e-12);
        Assert.Equal(Math.Sqrt(1.25 / (1 + 6.25 + 25)), difference.RelativeL2, 1e-12);
    }

    [Fact]
    public void Of_EqualValues_IsZeroEvenOfZeros() => Assert.Equal(default, Difference.Of([0, 0], [0, 0]));

    [Theory]
    [InlineData(float.NaN, 1)]
    [InlineData(1, float.NaN)]
    [InlineData(float.NaN, float.NaN)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(1, 0)]
    public void Of_WhatIsNoNumber_IsInfinite(float value, float golden) =>
        Assert.Equal(double.PositiveInfinity, Difference.Of([value], [golden]).MaxRelative);
}
