using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>Rows times a number each: a gate.</summary>
public static class ScaleRowsOperation
{
    /// <summary>y[i] = scales[i] · x[i]: x, y [R, C], scales [R, 1].</summary>
    public static Variable ScaleRows(this Tape tape, Variable x, Variable scales)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Tensor ones = tape.Allocate(1, x.Value.Columns);
        tape.Backend.Elementwise.Fill(ones, 1);
        return tape.Multiply(x, tape.Product(scales, Variable.Constant(ones)));
    }
}
