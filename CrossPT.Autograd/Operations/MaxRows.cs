using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>The largest of some rows, element by element.</summary>
public static class MaxRowsOperation
{
    /// <summary>
    /// y [B, H]: y[b, h] is the largest x[r, h] of sequence b, the first of equals; x [R, H]. The gradient of an
    /// element goes to the one it came from.
    /// </summary>
    /// <exception cref="ArgumentException">A sequence has no rows, or they are not those of x.</exception>
    public static Variable MaxRows(this Tape tape, Variable x, SequenceOffsets sequences)
    {
        ArgumentNullException.ThrowIfNull(tape);
        ArgumentNullException.ThrowIfNull(sequences);
        int width = x.Value.Columns;
        if (sequences.Rows != x.Value.Rows)
            throw new ArgumentException($"MaxRows: {x.Shape}, expected {sequences.Rows} rows.", nameof(x));
        int[] starts = new int[sequences.Count + 1];
        for (int b = 0; b < sequences.Count; b++)
        {
            if (sequences.LengthOf(b) == 0)
                throw new ArgumentException($"MaxRows: sequence {b} has no rows.", nameof(sequences));
            starts[b + 1] = sequences[b + 1];
        }
        Tensor places = Tensor.Allocate(tape.Backend, new Shape(sequences.Count, width), DType.Int32);
        Tensor first = TensorData.FromInt32(tape.Backend, starts, starts.Length);
        tape.Backend.Reduction.ArgMaxRows(x.Value, first, places);
        Variable elements = tape.Reshape(x, x.Value.Rows * width, 1);
        return tape.Reshape(tape.GatherRows(elements, places), sequences.Count, width);
    }
}
