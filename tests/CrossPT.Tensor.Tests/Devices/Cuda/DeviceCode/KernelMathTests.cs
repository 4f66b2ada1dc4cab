using CrossPT.Tensors.Cuda;

namespace CrossPT.Tensors.Tests.Cuda;

public sealed class KernelMathTests
{
    private const double Unit = 1.0 / (1 << 23);

    [Fact]
    public void Exp_WholeRange_TwoUnits()
    {
        for (float x = -87.2f; x < 88.2f; x += 0.00173f)
            Assert.InRange((KernelMath.Exp(x) - Math.Exp(x)) / Math.Exp(x), -2 * Unit, 2 * Unit);
    }

    [Theory]
    [InlineData(-1e30f, -87.3f)]
    [InlineData(float.NegativeInfinity, -87.3f)]
    [InlineData(float.PositiveInfinity, 88.3f)]
    public void Exp_OutsideTheRange_IsThatOfItsEnd(float x, float end)
        => Assert.InRange(KernelMath.Exp(x) / Math.Exp(end), 1 - (2 * Unit), 1 + (2 * Unit));

    [Fact]
    public void Exp_ZeroAndNaN_AreExact()
    {
        Assert.Equal(1, KernelMath.Exp(0));
        Assert.True(float.IsNaN(KernelMath.Exp(float.NaN)));
    }

    [Fact]
    public void Tanh_WholeRange_Within2e7()
    {
        for (float x = -20; x < 20; x += 0.000371f) Assert.InRange(KernelMath.Tanh(x) - Math.Tanh(x), -2e-7, 2e-7);
        Assert.True(float.IsNaN(KernelMath.Tanh(float.NaN)));
    }

    [Fact]
    public void Log_ManyMagnitudes_TwoUnits()
    {
        for (float x = 1.2e-38f; x < 3e38f; x *= 1.00137f)
        {
            double exact = Math.Log(x), allowed = 2 * Unit * Math.Max(1e-3, Math.Abs(exact));
            Assert.InRange(KernelMath.Log(x) - exact, -allowed, allowed);
        }
        Assert.Equal(0, KernelMath.Log(1));
        Assert.True(float.IsNaN(KernelMath.Log(float.NaN)));
    }
}
