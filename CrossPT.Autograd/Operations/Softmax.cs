using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>Softmax of each row.</summary>
public static class SoftmaxOperation
{
    /// <summary>y [rows, columns] = softmax(x / temperature) row by row; saves y.</summary>
    public static Variable Softmax(this Tape tape, Variable x, double temperature = 1)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Tensor y = tape.AllocateLike(x.Value);
        IReductionKernels reduction = tape.Backend.Reduction;
        reduction.Softmax(x.Value, y, temperature);
        // dx = y · (dy − Σ y·dy) / temperature
        return tape.Record(y, [x], [y], (dy, saved) =>
            reduction.SoftmaxBackward(saved[0], dy, tape.GradientOf(x, out bool accumulate), temperature, accumulate));
    }
}
