using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>Softmax of each row, over all columns or some.</summary>
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

    /// <summary>Softmax over the columns that are kept, 0 elsewhere: x, y and kept [rows, columns], 1 or 0.</summary>
    public static Variable Softmax(this Tape tape, Variable x, Tensor kept)
    {
        ArgumentNullException.ThrowIfNull(tape);
        // 1 becomes 0 and 0 becomes −1e30, beside which every exponential is 0 or next to it; a row that keeps nothing
        // would be uniform, and is zeros.
        const double far = 1e30;
        Tensor penalty = tape.AllocateLike(kept);
        tape.Backend.Elementwise.Fill(penalty, far);
        tape.Backend.Elementwise.Add(kept, penalty, penalty, far, -1);
        Variable weights = tape.Softmax(tape.Add(x, Variable.Constant(penalty)));
        return tape.Multiply(weights, Variable.Constant(kept));
    }
}
