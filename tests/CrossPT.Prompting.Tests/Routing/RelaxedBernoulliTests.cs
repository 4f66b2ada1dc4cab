using CrossPT.Autograd;
using CrossPT.Prompting.Routing;
using CrossPT.Tensors;
using CrossPT.Tensors.Reference;

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
        => Assert.Equal(expected, Sample(u, z, temperature).Value, 5e-7);

    [Fact]
    public void Slope_IsTheWorkedNumber_AndTheDerivative()
    {
        (double y, double slope) = Sample(.3, .5, .5);
        Assert.Equal(.444230, slope, 5e-7);
        Assert.Equal(y * (1 - y) / .5, slope, 1e-15);
        Assert.Equal((Sample(.3, .5 + 1e-6, .5).Value - Sample(.3, .5 - 1e-6, .5).Value) / 2e-6, slope, 1e-9);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(-16)]
    [InlineData(1e9)]
    public void Logits_BeyondTheClamp_ActAsAtIt_WithoutSlope(double z)
    {
        // 1 − 2^−23 has the logit 15.942385.
        Assert.Equal(Sample(.5, Math.Sign(z) * 15.942385, 4).Value, Sample(.5, z, 4).Value, 1e-7);
        Assert.Equal(0, Sample(.5, z, 4).Slope);
        Assert.NotEqual(0, Sample(.5, Math.Sign(z) * 15.9, 4).Slope);
    }

    [Fact]
    public void Samples_NeverReachZeroOrOne()
    {
        Assert.Equal(1 - 1.1920928955078125e-07, Sample(.9, 5, .001).Value);
        Assert.Equal(1.1754943508222875e-38, Sample(.1, -5, .001).Value, 1e-45);
        Assert.Equal(0, Sample(.1, -5, .001).Slope);
        Assert.True(Sample(1e-9, 0, 1).Value > 0);
    }

    [Fact]
    public void Uniforms_AreAFunctionOfSeedStepRowAndColumn()
    {
        double[] uniforms = TaskRouter.Uniforms(1, 2, "row 3", 5);
        Assert.Equal(uniforms, TaskRouter.Uniforms(1, 2, "row 3", 5));
        Assert.Equal(uniforms[..3], TaskRouter.Uniforms(1, 2, "row 3", 3));
        Assert.Equal(5, uniforms.Distinct().Count());
        Assert.All(uniforms, static u => Assert.InRange(u, 0, 1));
        Assert.Empty(uniforms.Intersect(TaskRouter.Uniforms(2, 2, "row 3", 5)));
        Assert.Empty(uniforms.Intersect(TaskRouter.Uniforms(1, 3, "row 3", 5)));
        Assert.Empty(uniforms.Intersect(TaskRouter.Uniforms(1, 2, "row 4", 5)));
    }

    private static (double Value, double Slope) Sample(double u, double z, double temperature)
    {
        using ReferenceBackend backend = new();
        using TensorScope scope = new();
        using Tape tape = new(backend);
        using Variable logit = Variable.Parameter(TensorData.FromDoubles(backend, [z], 1, 1));
        Tensor noise = TensorData.FromDoubles(backend, [Math.Log(u / (1 - u))], 1, 1);
        Variable sample = tape.RelaxedBernoulli(logit, noise, temperature);
        double value = sample.Value.ToScalar();
        tape.Backward(sample);
        return (value, logit.Gradient!.ToScalar());
    }
}
