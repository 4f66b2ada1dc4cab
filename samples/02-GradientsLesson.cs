using CrossPT.Autograd;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Samples;

/// <summary>
/// Lesson 2. A tape writes down how to undo each operation; read from the end, it gives the gradient of a loss by every
/// parameter. A constant gets none: that is all that "frozen" means. Here a line is fitted to four points, once by hand
/// and then by descent.
/// </summary>
internal static class GradientsLesson
{
    internal sealed record Outcome(
        float[] FirstGradient, bool FrozenHasGradient, double FirstLoss, double LastLoss, float[] Line);

    public static Outcome Run(TextWriter output)
    {
        using CpuBackend backend = new(threads: 1);
        using TensorScope scope = new();
        // Points on y = 2x + 1. The column of ones lets one product stand for slope and intercept: y = [x 1]·[slope
        // intercept]ᵀ.
        Variable x = Variable.Constant(TensorData.FromSingles(backend, [0, 1, 1, 1, 2, 1, 3, 1], 4, 2));
        Variable negativeY = Variable.Constant(TensorData.FromSingles(backend, [-1, -3, -5, -7], 4, 1));
        using Variable line = Variable.Parameter(TensorData.FromSingles(backend, [0, 0], 1, 2));

        double first = Step(rate: 0);
        // loss = mean (e²) with e = x·w − y, so d loss / dw = 2/4 Σ e·[x 1]; at w = 0 that is −½·(34, 16).
        float[] gradient = line.Gradient!.ToSingles();
        output.WriteLine(
            $"Loss at zero: {first}, its gradient: [{string.Join(", ", gradient)}]. By hand: 21, [-17, -8].");
        output.WriteLine($"The points are constants, and have {(x.Gradient is null ? "no gradient" : "a gradient")}.");
        line.ClearGradient();

        double last = 0;
        for (int step = 0; step < 200; step++)
        {
            last = Step(rate: 0.1);
            // Gradients add up from one backward pass to the next until they are given up.
            line.ClearGradient();
        }
        float[] found = line.Value.ToSingles();
        output.WriteLine($"After 200 steps: loss {last:E1}, y = {found[0]:F3}·x + {found[1]:F3}.");
        return new Outcome(gradient, x.Gradient is not null, first, last, found);

        double Step(double rate)
        {
            // Intermediates of a step die with its scope; what going back needs, the tape holds until it went back.
            using TensorScope inner = new();
            using Tape tape = new(backend);
            Variable error = tape.Linear(x, line, residual: negativeY);
            Variable loss = tape.Mean(tape.Multiply(error, error));
            tape.Backward(loss);
            backend.Elementwise.Add(line.Value, line.Gradient!, line.Value, 1, -rate);
            return loss.Value.ToScalar();
        }
    }
}
