using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>Rows of zeros replaced.</summary>
public static class ZeroRowsOperation
{
    /// <summary>
    /// y = x, but 1 throughout a row of zeros: x, y [R, C]. The gradient passes as if 1 had been added, so that a row
    /// that starts at zero can leave it.
    /// </summary>
    public static Variable OnesForZeroRows(this Tape tape, Variable x)
    {
        ArgumentNullException.ThrowIfNull(tape);
        (int rows, int columns) = (x.Value.Rows, x.Value.Columns);
        IElementwiseKernels elementwise = tape.Backend.Elementwise;
        Tensor squares = tape.AllocateLike(x.Value), count = tape.Allocate(rows, 1), ones = tape.Allocate(1, columns);
        elementwise.Multiply(x.Value, x.Value, squares);
        ColumnChoice nonzero = tape.TopColumns(squares, columns, 1e-37);
        tape.Backend.Reduction.SumColumns(nonzero.Kept, count);
        // max(1 − count, 0) is 1 for a row of zeros, else 0.
        Tensor one = tape.Allocate(rows, 1), zero = tape.Allocate(rows, 1), y = tape.AllocateLike(x.Value);
        elementwise.Fill(one, 1);
        elementwise.Add(one, count, zero, 1, -1);
        elementwise.Relu(zero, zero, null);
        elementwise.Fill(ones, 1);
        tape.Backend.Matrix.Product(zero, false, ones, false, y);
        elementwise.Add(x.Value, y, y);
        return tape.Record(y, [x], [], (dy, _) => tape.Pass(x, dy));
    }
}
