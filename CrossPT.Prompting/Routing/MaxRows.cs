using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Routing;

/// <summary>The largest of some rows, element by element.</summary>
internal static class MaxRowsOperation
{
    /// <summary>
    /// y [B, H]: y[b, h] is the largest x[r, h] of sequence b, the first of equals; x [R, H]. Each element's gradient goes to the row it came from.
    /// </summary>
    /// <exception cref="ArgumentException">A sequence has no rows, or they are not those of x.</exception>
    public static Variable MaxRows(this Tape tape, Variable x, SequenceOffsets sequences)
    {
        int width = x.Value.Columns;
        if (sequences.Rows != x.Value.Rows) throw new ArgumentException($"MaxRows: {x.Shape}, expected {sequences.Rows} rows.", nameof(x));
        double[] values = x.Value.ToDoubles(), largest = new double[sequences.Count * width];
        int[] from = new int[largest.Length];
        for (int b = 0; b < sequences.Count; b++)
        {
            if (sequences.LengthOf(b) == 0) throw new ArgumentException($"MaxRows: sequence {b} has no rows.", nameof(sequences));
            int y = b * width;
            values.AsSpan(sequences[b] * width, width).CopyTo(largest.AsSpan(y));
            from.AsSpan(y, width).Fill(sequences[b]);
            for (int row = sequences[b] + 1; row < sequences[b + 1]; row++)
            {
                for (int h = 0; h < width; h++)
                {
                    if (values[(row * width) + h] > largest[y + h]) (largest[y + h], from[y + h]) = (values[(row * width) + h], row);
                }
            }
        }
        return tape.Record(HostTensor.Create(tape.Backend, largest, sequences.Count, width), [x], [], (dy, _) =>
        {
            double[] gradient = dy.ToDoubles(), dx = new double[values.Length];
            for (int i = 0; i < gradient.Length; i++) dx[(from[i] * width) + (i % width)] += gradient[i];
            HostTensor.Add(tape, x, dx);
        });
    }
}
