using CrossPT.Autograd.Optimization;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Autograd.Tests.Optimization;

public sealed class GradientClippingTests : IDisposable
{
    private readonly CpuBackend _cpu = new(threads: 2);
    private readonly Inputs _inputs;
    private readonly Variable _a, _b, _without;

    public GradientClippingTests()
    {
        _inputs = new Inputs(_cpu);
        (_a, _b, _without) = (_inputs.Parameter("a", 2), _inputs.Parameter("b", 2, 1), _inputs.Parameter("without", 3));
        _a.SetGradient([3, 0]);
        _b.SetGradient([0, -4]);
    }

    public void Dispose()
    {
        _inputs.Dispose();
        _cpu.Dispose();
    }

    [Fact]
    public void ByGlobalNorm_TooLarge_ScalesAllByOneFactor()
    {
        Assert.Equal(5, GradientClipping.ByGlobalNorm([_a, _without, _b], 1), 6);
        Training.Near([0.6, 0], _a.Gradient!.ToDoubles(), 1e-6);
        Training.Near([0, -0.8], _b.Gradient!.ToDoubles(), 1e-6);
        Assert.Null(_without.Gradient);
        Assert.Equal(1, GradientClipping.ByGlobalNorm([_a, _b], 1), 6);
    }

    [Fact]
    public void ByGlobalNorm_SmallEnough_ChangesNothing()
    {
        Assert.Equal(5, GradientClipping.ByGlobalNorm([_a, _b], 5), 6);
        Assert.Equal([3.0, 0], _a.Gradient!.ToDoubles());
    }

    [Fact]
    public void EachByNorm_OneTooLarge_LeavesTheOtherAlone()
    {
        Assert.Equal([3.0, 4], GradientClipping.EachByNorm([_a, _without, _b], 3.5));
        Assert.Equal([3.0, 0], _a.Gradient!.ToDoubles());
        Training.Near([0, -3.5], _b.Gradient!.ToDoubles(), 1e-6);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Clipping_ANormThatIsNotFinite_IsReportedAndChangesNothing(float value)
    {
        _a.SetGradient([value, 1]);
        Assert.False(double.IsFinite(GradientClipping.ByGlobalNorm([_a, _b], 1)));
        Assert.Equal([0.0, -4], _b.Gradient!.ToDoubles());
        IReadOnlyList<double> norms = GradientClipping.EachByNorm([_a, _b], 1);
        Assert.False(double.IsFinite(norms[0]));
        Assert.Equal(4, norms[1]);
        Assert.Equal([value, 1.0], _a.Gradient!.ToDoubles());
        Training.Near([0, -1], _b.Gradient!.ToDoubles(), 1e-6);
    }

    [Fact]
    public void Clipping_WithoutGradients_IsZero()
    {
        Assert.Equal(0, GradientClipping.ByGlobalNorm([_without], 1));
        Assert.Empty(GradientClipping.EachByNorm([_without], 1));
    }

    [Fact]
    public void Clipping_OutOfRangeOrTwice_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => GradientClipping.ByGlobalNorm([_a], 0));
        Assert.Throws<ArgumentException>(() => GradientClipping.EachByNorm([_a], double.NaN));
        Assert.Throws<ArgumentException>(() => GradientClipping.ByGlobalNorm([_a, _a], 1));
    }
}
