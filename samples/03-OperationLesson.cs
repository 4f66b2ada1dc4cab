using CrossPT.Autograd;
using CrossPT.Tensors;
using CrossPT.Tensors.Reference;

namespace CrossPT.Samples;

/// <summary>
/// Lesson 3. An operation of your own: compute the result with kernels, then tell the tape what to save and how to
/// compute the gradient. <see cref="GradientCheck"/> compares that with differences of the loss, in float64.
/// </summary>
internal static class OperationLesson
{
    internal sealed record Outcome(double ErrorOfRight, string ComplaintAboutWrong);

    public static Outcome Run(TextWriter output)
    {
        // The reference back end computes in float64, so that differences leave nine digits to compare.
        using ReferenceBackend backend = new();
        using Variable x = Variable.Parameter(TensorData.FromSingles(backend, [0.5f, -1.25f, 2, 1, -0.5f, 1.5f], 2, 3));
        using Tensor weights = TensorData.FromSingles(backend, [1, -2, 0.5f, 3, 1.5f, -1], 2, 3);
        NamedParameter[] parameters = [new("x", x)];

        GradientReport report = GradientCheck.Compare(backend, tape => Loss(tape, factor: 3), parameters);
        output.WriteLine($"dy/dx = 3x²: {report}");

        string complaint = "";
        try
        {
            GradientCheck.Assert(backend, tape => Loss(tape, factor: 2), parameters);
        }
        catch (GradientCheckException exception)
        {
            complaint = exception.Message;
        }
        output.WriteLine($"dy/dx = 2x²: {complaint}");
        return new Outcome(report.Worst.RelativeError, complaint);

        // A weighted sum: if all gradients of the result were 1, a backward pass that ignores them would pass.
        Variable Loss(Tape tape, double factor) =>
            tape.Sum(tape.Multiply(Cube(tape, x, factor), Variable.Constant(weights)));
    }

    /// <summary>y = x³ element by element; dx = factor · x² · dy, and 3 is the right factor.</summary>
    private static Variable Cube(Tape tape, Variable x, double factor)
    {
        IElementwiseKernels kernels = tape.Backend.Elementwise;
        Tensor y = tape.AllocateLike(x.Value);
        kernels.Multiply(x.Value, x.Value, y);
        kernels.Multiply(y, x.Value, y);
        // Inputs, then what the backward pass needs: the tape keeps x until then, and calls us only if x is wanted.
        return tape.Record(y, [x], [x.Value], (dy, saved) =>
        {
            Tensor dx = tape.AllocateLike(saved[0]);
            kernels.Multiply(saved[0], saved[0], dx);
            kernels.Multiply(dx, dy, dx);
            kernels.Scale(dx, dx, factor);
            tape.Add(x, dx);
        });
    }
}
