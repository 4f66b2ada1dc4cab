using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>Rows that sum to 1.</summary>
public static class DivideBySumOperation
{
    /// <summary>y = x / Σ x of each row, zeros where that sum is 0: x, y [R, C].</summary>
    public static Variable DivideBySum(this Tape tape, Variable x)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Tensor y = tape.AllocateLike(x.Value);
        IReductionKernels reduction = tape.Backend.Reduction;
        reduction.DivideBySum(x.Value, y);
        // dx = (dy − Σ y·dy) / Σ x
        return tape.Record(y, [x], [x.Value, y], (dy, saved) =>
            reduction.DivideBySumBackward(saved[0], saved[1], dy, tape.GradientOf(x, out bool accumulate), accumulate));
    }
}
