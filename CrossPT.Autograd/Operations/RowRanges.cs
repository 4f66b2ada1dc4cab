using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>Rows one after the other: put together and taken apart.</summary>
public static class RowRangesOperation
{
    /// <summary>
    /// y [R1 + R2 + …, H] = the rows of all parts in order, each [Ri, H]: prompts to a longer prompt, source prompts to
    /// a stack.
    /// </summary>
    /// <exception cref="ArgumentException">There is no part, or the widths differ.</exception>
    public static Variable ConcatenateRows(this Tape tape, params ReadOnlySpan<Variable> parts)
    {
        ArgumentNullException.ThrowIfNull(tape);
        if (parts.IsEmpty) throw new ArgumentException("ConcatenateRows: no parts.");
        int rows = 0, columns = parts[0].Value.Columns;
        foreach (Variable part in parts)
        {
            if (part.Value.Columns != columns)
            {
                throw new ArgumentException(
                    $"ConcatenateRows: a part {part.Shape} after {parts[0].Shape}, expected {columns} columns.");
            }
            rows = checked(rows + part.Value.Rows);
        }
        Tensor y = tape.Allocate(rows, columns);
        int start = 0;
        foreach (Variable part in parts)
        {
            int count = part.Value.Rows;
            tape.Backend.Elementwise.Copy(part.Value.Reshape(count, columns), y.Slice(start, count));
            start += count;
        }
        Variable[] inputs = parts.ToArray();
        // Each part's gradient is its rows of dy.
        return tape.Record(y, inputs, [], (dy, _) =>
        {
            int first = 0;
            foreach (Variable input in inputs)
            {
                int count = input.Value.Rows;
                if (input.RequiresGradient) tape.Add(input, dy.Slice(first, count));
                first += count;
            }
        });
    }

    /// <summary>
    /// y [count, …] = entries <paramref name="start"/>… of x's outermost dimension; a view, no element moves.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves x.</exception>
    public static Variable SliceRows(this Tape tape, Variable x, int start, int count)
    {
        ArgumentNullException.ThrowIfNull(tape);
        ArgumentNullException.ThrowIfNull(x);
        Tensor y = x.Value.Slice(start, count);
        return tape.Record(y, [x], [], (dy, _) =>
        {
            Tensor dx = tape.GradientOf(x, out bool accumulate);
            if (!accumulate) tape.Backend.Elementwise.Fill(dx, 0);
            Tensor part = dx.Slice(start, count);
            tape.Backend.Elementwise.Add(part, dy, part);
        });
    }
}
