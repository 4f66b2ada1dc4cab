using CrossPT.Autograd.Optimization;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Reference;

namespace CrossPT.Autograd.Tests.Optimization;

public sealed class AdafactorTests
{
    public static TheoryData<string, AdafactorSettings> Variants => new()
    {
        { "defaults", new AdafactorSettings() },
        { "momentum", new AdafactorSettings { Beta1 = 0.9 } },
        { "scaled by the parameter", new AdafactorSettings { ScaleParameter = true } },
        { "relative step", new AdafactorSettings { RelativeStep = true, ScaleParameter = true } },
        { "relative step with warm-up", new AdafactorSettings { RelativeStep = true, WarmupInit = true } },
        { "tight clip", new AdafactorSettings { ClipThreshold = 0.3, DecayRate = -0.5 } },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public void Step_SixTimes_AgreesWithPlainLoops(string variant, AdafactorSettings settings)
    {
        _ = variant;
        foreach ((bool onCpu, double weightDecay, int[] sizes) in new[]
        {
            (false, 0.0, new[] { 5, 37 }), (false, 0.1, [37]), (true, 0.1, [5, 37]), (true, 0.0, [37]),
        })
        {
            using IBackend backend = onCpu ? new CpuBackend(threads: 2) : new ReferenceBackend();
            using Inputs inputs = new(backend);
            Variable x = inputs.Parameter("x", sizes);
            double[] p = x.Value.ToDoubles();
            using Adafactor adafactor = new(
                [new ParameterGroup("all", inputs.Parameters, 0.3, weightDecay)], new WarmupLinearSchedule(2, 8),
                settings);
            Training.Run(adafactor, 6);
            Plain(p, sizes, settings, 0.3, weightDecay, new WarmupLinearSchedule(2, 8), 6);
            Training.Near(p, x.Value.ToDoubles(), onCpu ? 5e-6 : 1e-12);
        }
    }

    [Fact]
    public void Step_TheFirstOfAVector_IsTheSignTimesTheRate()
    {
        using ReferenceBackend backend = new();
        Variable x = Variable.Parameter(TensorData.FromSingles(backend, [1, 2, 3, 4], 4));
        using Adafactor adafactor = new([new ParameterGroup("all", [new("x", x)], 0.5)]);
        x.SetGradient([10, -0.1f, 3, 0]);
        adafactor.Step();
        // At t = 1 the decay is 0, so g / √g² = ±1, and no update is larger than the threshold.
        Training.Near([0.5, 2.5, 2.5, 4], x.Value.ToDoubles(), 1e-12);
        x.Dispose();
    }

    [Fact]
    public void State_OfAMatrix_IsARowAndAColumn()
    {
        using CpuBackend cpu = new(threads: 1);
        using Inputs inputs = new(cpu);
        inputs.Parameter("matrix", 4, 6);
        inputs.Parameter("vector", 6);
        using Adafactor adafactor = new(
            [new ParameterGroup("all", inputs.Parameters, 0.3)], settings: new AdafactorSettings { Beta1 = 0.5 });
        Training.Run(adafactor, 1);
        using TensorScope scope = new();
        Assert.Equal(
            [
                "matrix/column_moment [6]", "matrix/first_moment [4, 6]", "matrix/row_moment [4]", "matrix/step [1]",
                "step [1]",
                "vector/first_moment [6]", "vector/second_moment [6]", "vector/step [1]",
            ],
            adafactor.SaveState().Select(static entry => $"{entry.Key} {entry.Value.Shape}")
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Adafactor_OutOfRange_IsRefused()
    {
        Assert.Throws<ArgumentException>(
            () => new Adafactor([], settings: new AdafactorSettings { ClipThreshold = 0 }));
        Assert.Throws<ArgumentException>(() => new Adafactor([], settings: new AdafactorSettings { DecayRate = 0.8 }));
        Assert.Throws<ArgumentException>(() => new Adafactor([], settings: new AdafactorSettings { Beta1 = 1 }));
        Assert.Throws<ArgumentException>(
            () => new Adafactor([], settings: new AdafactorSettings { WarmupInit = true }));
    }

    /// <summary>Hugging Face's step, line by line.</summary>
    private static void Plain(
        double[] p, int[] sizes, AdafactorSettings settings, double learningRate, double weightDecay,
        ILearningRateSchedule schedule, int steps)
    {
        bool factored = sizes.Length == 2;
        int rows = factored ? sizes[0] : 1, columns = sizes[^1];
        double[] row = new double[rows];
        double[] column = new double[columns];
        double[] second = new double[p.Length];
        double[] first = new double[p.Length];
        for (int t = 1; t <= steps; t++)
        {
            float[] g = Training.GradientAt(t - 1, p.Length);
            double rate = learningRate;
            if (settings.RelativeStep) rate = Math.Min(settings.WarmupInit ? 1e-6 * t : 1e-2, 1 / Math.Sqrt(t));
            rate *= schedule.Factor(t - 1);
            if (settings.ScaleParameter) rate *= Math.Max(1e-3, Rms(p));
            double beta2 = 1 - Math.Pow(t, settings.DecayRate);
            double[] u = new double[p.Length];
            double[] squares = Array.ConvertAll(g, static value => ((double)value * value) + 1e-30);
            if (factored)
            {
                for (int r = 0; r < rows; r++)
                    row[r] = (beta2 * row[r]) + ((1 - beta2) * squares.Skip(r * columns).Take(columns).Average());
                for (int c = 0; c < columns; c++)
                    column[c] = (beta2 * column[c])
                        + ((1 - beta2) * Enumerable.Range(0, rows).Average(r => squares[(r * columns) + c]));
                for (int i = 0; i < u.Length; i++)
                    u[i] = g[i] / Math.Sqrt(row[i / columns] / row.Average()) / Math.Sqrt(column[i % columns]);
            }
            else
            {
                for (int i = 0; i < u.Length; i++)
                {
                    second[i] = (beta2 * second[i]) + ((1 - beta2) * squares[i]);
                    u[i] = g[i] / Math.Sqrt(second[i]);
                }
            }
            double clip = Math.Max(1, Rms(u) / settings.ClipThreshold);
            for (int i = 0; i < u.Length; i++)
            {
                u[i] = u[i] / clip * rate;
                if (settings.Beta1 is { } beta1) u[i] = first[i] = (beta1 * first[i]) + ((1 - beta1) * u[i]);
                p[i] = p[i] - (weightDecay * rate * p[i]) - u[i];
            }
        }

        static double Rms(double[] values) => Math.Sqrt(values.Average(static value => value * value));
    }
}
