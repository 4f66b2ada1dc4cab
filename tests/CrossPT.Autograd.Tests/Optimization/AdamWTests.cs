using CrossPT.Autograd.Optimization;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Reference;

namespace CrossPT.Autograd.Tests.Optimization;

public sealed class AdamWTests
{
    [Fact]
    public void Step_TheFirst_MovesByTheLearningRateAgainstTheSign()
    {
        using ReferenceBackend backend = new();
        Variable x = Variable.Parameter(TensorData.FromSingles(backend, [1, 2, 3], 3));
        using AdamW adam = new(
            [new ParameterGroup("all", [new("x", x)], 0.1)], settings: new AdamWSettings { Epsilon = 0 });
        x.SetGradient([5, -0.25f, 2]);
        adam.Step();
        // m̂ = g and v̂ = g² after one step.
        Training.Near([0.9, 2.1, 2.9], x.Value.ToDoubles(), 1e-14);
        Assert.Null(x.Gradient);
        Assert.Equal(1, adam.StepCount);
        x.Dispose();
    }

    [Theory]
    [InlineData(false, 0.0)]
    [InlineData(false, 0.1)]
    [InlineData(true, 0.0)]
    [InlineData(true, 0.1)]
    public void Step_SixTimes_AgreesWithPlainLoops(bool onCpu, double weightDecay)
    {
        using IBackend backend = onCpu ? new CpuBackend(threads: 2) : new ReferenceBackend();
        using Inputs inputs = new(backend);
        Variable x = inputs.Parameter("x", 5, 37);
        double[] p = x.Value.ToDoubles(), m = new double[p.Length], v = new double[p.Length];
        WarmupLinearSchedule schedule = new(2, 8);
        using AdamW adam = new([new ParameterGroup("all", inputs.Parameters, 0.03, weightDecay)], schedule);
        Training.Run(adam, 6);

        for (int t = 1; t <= 6; t++)
        {
            float[] g = Training.GradientAt(t - 1, p.Length);
            double rate = 0.03 * schedule.Factor(t - 1);
            for (int i = 0; i < p.Length; i++)
            {
                m[i] = (0.9 * m[i]) + (0.1 * g[i]);
                v[i] = (0.999 * v[i]) + (0.001 * g[i] * g[i]);
                double mHat = m[i] / (1 - Math.Pow(0.9, t)), vHat = v[i] / (1 - Math.Pow(0.999, t));
                p[i] = p[i] - (rate * weightDecay * p[i]) - (rate * mHat / (Math.Sqrt(vHat) + 1e-6));
            }
        }
        Training.Near(p, x.Value.ToDoubles(), onCpu ? 2e-6 : 1e-12);
    }

    [Fact]
    public void AdamW_OutOfRange_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new AdamW([], settings: new AdamWSettings { Beta1 = 1 }));
        Assert.Throws<ArgumentException>(() => new AdamW([], settings: new AdamWSettings { Beta2 = -0.1 }));
        Assert.Throws<ArgumentException>(() => new AdamW([], settings: new AdamWSettings { Epsilon = double.NaN }));
    }
}
