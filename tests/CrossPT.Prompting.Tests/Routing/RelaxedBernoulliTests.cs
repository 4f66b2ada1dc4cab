using CrossPT.Prompting.Routing;

namespace CrossPT.Prompting.Tests.Routing;

public sealed class RelaxedBernoulliTests
{
    [Theory]
    [InlineData(.3, .5, .5, .333012)]
    [InlineData(.3, .5, 5, .482642)]
    [InlineData(.7, -1, 1, .461898)]
    [InlineData(.5, 0, .1, .5)]
    [InlineData(.5, 0, 7, .5)]
    public void Sample_IsTheWorkedNumber(double u, double z, double temperature, double expected)
        => Assert.Equal(expected, RelaxedBernoulli.Sample(u, z, temperature).Value, 5e-7);

    [Fact]
    public void Slope_IsTheWorkedNumber_AndTheDerivative()
    {
        (double y, double slope) = RelaxedBernoulli.Sample(.3, .5, .5);
        Assert.Equal(.444230, slope, 5e-7);
        Assert.Equal(y * (1 - y) / .5, slope, 1e-15);
        Assert.Equal((RelaxedBernoulli.Sample(.3, .5 + 1e-6, .5).Value - RelaxedBernoulli.Sample(.3, .5 - 1e-6, .5).Value) / 2e-6, slope, 1e-9);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(-16)]
    [InlineData(1e9)]
    public void Logits_BeyondTheClamp_ActAsAtIt_WithoutSlope(double z)
    {
        // 1 − 2^−23 has the logit 15.942385.
        Assert.Equal(RelaxedBernoulli.Sample(.5, Math.Sign(z) * 15.942385, 4).Value, RelaxedBernoulli.Sample(.5, z, 4).Value, 1e-7);
        Assert.Equal(0, RelaxedBernoulli.Sample(.5, z, 4).Slope);
        Assert.NotEqual(0, RelaxedBernoulli.Sample(.5, Math.Sign(z) * 15.9, 4).Slope);
    }

    [Fact]
    public void Samples_NeverReachZeroOrOne()
    {
        Assert.Equal(1 - 1.1920928955078125e-07, RelaxedBernoulli.Sample(.9, 5, .001).Value);
        Assert.Equal(1.1754943508222875e-38, RelaxedBernoulli.Sample(.1, -5, .001).Value);
        Assert.Equal(0, RelaxedBernoulli.Sample(.1, -5, .001).Slope);
        Assert.True(RelaxedBernoulli.Sample(0, 0, 1).Value > 0);
    }

    [Fact]
    public void Uniforms_AreAFunctionOfSeedStepRowAndColumn()
    {
        double[] uniforms = RelaxedBernoulli.Uniforms(1, 2, "row 3", 5);
        Assert.Equal(uniforms, RelaxedBernoulli.Uniforms(1, 2, "row 3", 5));
        Assert.Equal(uniforms[..3], RelaxedBernoulli.Uniforms(1, 2, "row 3", 3));
        Assert.Equal(5, uniforms.Distinct().Count());
        Assert.All(uniforms, static u => Assert.InRange(u, 0, 1));
        Assert.Empty(uniforms.Intersect(RelaxedBernoulli.Uniforms(2, 2, "row 3", 5)));
        Assert.Empty(uniforms.Intersect(RelaxedBernoulli.Uniforms(1, 3, "row 3", 5)));
        Assert.Empty(uniforms.Intersect(RelaxedBernoulli.Uniforms(1, 2, "row 4", 5)));
    }
}
