using CrossPT.Autograd.Optimization;
using CrossPT.Tensors;

namespace CrossPT.Autograd.Tests.Kit;

/// <summary>Puts gradients on parameters without a model.</summary>
internal static class Training
{
    public static void SetGradient(this Variable parameter, ReadOnlySpan<float> values)
    {
        parameter.ClearGradient();
        using TensorScope scope = new();
        using Tape tape = new(parameter.Value.Backend);
        tape.Backward(parameter, TensorData.FromSingles(parameter.Value.Backend, values, parameter.Shape.Sizes));
    }

    /// <summary>The same gradients for the same step: a run can be cut anywhere.</summary>
    public static float[] GradientAt(long step, int length)
    {
        CounterRandom random = new(seed: 31, stream: (ulong)step);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) values[i] = (float)random.NextGaussian();
        return values;
    }

    public static void Run(IOptimizer optimizer, int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            foreach (NamedParameter parameter in optimizer.Groups.SelectMany(static group => group.Parameters))
                parameter.Variable.SetGradient(GradientAt(optimizer.StepCount, (int)parameter.Variable.Value.Length));
            optimizer.Step();
        }
    }

    public static void Near(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(
                Math.Abs(expected[i] - actual[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])),
                $"[{i}]: expected {expected[i]:R}, got {actual[i]:R}.");
    }
}
