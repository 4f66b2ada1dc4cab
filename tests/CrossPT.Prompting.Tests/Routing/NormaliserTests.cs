using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Routing.Normalisers;

namespace CrossPT.Prompting.Tests.Routing;

public sealed class NormaliserTests
{
    [Theory]
    [InlineData(RouterNormaliser.Softmax, new[] { .2, .3, .5 }, new[] { .289433, .319873, .390694 })]
    [InlineData(RouterNormaliser.Softmax, new[] { .9, .05, .05 }, new[] { .539133, .230433, .230433 })]
    [InlineData(RouterNormaliser.Softmax, new[] { 1.0, 0, 0 }, new[] { .576117, .211942, .211942 })]
    [InlineData(RouterNormaliser.Softmax, new[] { 3.0, 0, 0, 0, 0, 0, 0, 0 }, new[] { .741559, .036920, .036920, .036920, .036920, .036920, .036920, .036920 })]
    [InlineData(RouterNormaliser.Softmax, new[] { 1000.0, -1000 }, new[] { 1.0, 0 })]
    [InlineData(RouterNormaliser.Sigmoid, new[] { 0.0, 1, -1, -1000 }, new[] { .5, .731059, .268941, 0 })]
    [InlineData(RouterNormaliser.Sum, new[] { 1.0, 3 }, new[] { .25, .75 })]
    [InlineData(RouterNormaliser.Sum, new[] { 1.0, -1 }, new[] { 0.0, 0 })]
    [InlineData(RouterNormaliser.Max, new[] { 1.0, 3, 3 }, new[] { 0.0, 1, 0 })]
    [InlineData(RouterNormaliser.None, new[] { .7, -2 }, new[] { .7, -2 })]
    public void Forward_IsTheWorkedNumber(RouterNormaliser kind, double[] y, double[] expected)
    {
        double[] w = new double[y.Length];
        NormaliserTable.Of(kind).Forward(y, w);
        for (int i = 0; i < w.Length; i++) Assert.Equal(expected[i], w[i], 6e-7);
    }

    [Theory]
    [InlineData(RouterNormaliser.Softmax)]
    [InlineData(RouterNormaliser.Sigmoid)]
    [InlineData(RouterNormaliser.Sum)]
    [InlineData(RouterNormaliser.Max)]
    [InlineData(RouterNormaliser.None)]
    public void Backward_IsTheDerivative(RouterNormaliser kind)
    {
        INormaliser sut = NormaliserTable.Of(kind);
        double[] y = [.4, 1.7, -.3], dw = [1, -2, .5], w = new double[3], dy = new double[3];
        sut.Forward(y, w);
        sut.Backward(y, w, dw, dy);
        for (int i = 0; i < 3; i++) Assert.Equal((At(i, 1e-6) - At(i, -1e-6)) / 2e-6, dy[i], 1e-8);

        double At(int i, double h)
        {
            double[] moved = [.. y], result = new double[3];
            moved[i] += h;
            sut.Forward(moved, result);
            return result.Zip(dw, static (a, b) => a * b).Sum();
        }
    }
}
