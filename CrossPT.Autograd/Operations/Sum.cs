using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>All elements in one.</summary>
public static class SumOperation
{
    /// <summary>Σ x over all elements, a scalar [1].</summary>
    public static Variable Sum(this Tape tape, Variable x) => ScaledSum(tape, x, 1);

    /// <summary>Mean of all elements, a scalar [1].</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static Variable Mean(this Tape tape, Variable x)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Value.Length == 0) throw new ArgumentException($"Mean: {x.Value.Describe()} has no elements.");
        return ScaledSum(tape, x, 1.0 / x.Value.Length);
    }

    private static Variable ScaledSum(Tape tape, Variable x, double scale)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Tensor total = tape.Allocate(1);
        tape.Backend.Reduction.Sum(x.Value, total);
        if (scale != 1) tape.Backend.Elementwise.Scale(total, total, scale);
        // dx = scale · dTotal in every element
        return tape.Record(total, [x], [], (dTotal, _) =>
        {
            Tensor dx = tape.AllocateLike(x.Value);
            tape.Backend.Elementwise.Fill(dx, scale * dTotal.ToScalar());
            tape.Pass(x, dx);
        });
    }
}
