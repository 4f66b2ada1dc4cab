using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>Rows by index.</summary>
public static class RowsOperation
{
    /// <summary>
    /// y[i] = table[indices[i]]: table [M, H], indices Int32 [R] in [0, M), y [R, H]. Embeddings that may be trained.
    /// </summary>
    public static Variable GatherRows(this Tape tape, Variable table, Tensor indices)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Tensor y = tape.Allocate((int)indices.Length, table.Value.Columns);
        tape.Backend.Index.GatherRows(table.Value, indices, y);
        // Each row's gradient is added to the row it came from.
        return tape.Record(y, [table], [indices], (dy, saved) => Scatter(tape, dy, saved[0], table));
    }

    /// <summary>y [R, H]: the same row x [H] everywhere, as a bias is added to each.</summary>
    public static Variable RepeatRow(this Tape tape, Variable x, int rows)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Tensor zeros = TensorData.FromInt32(tape.Backend, new int[rows], rows);
        return tape.GatherRows(tape.Reshape(x, 1, (int)x.Value.Length), zeros);
    }

    /// <summary>
    /// Puts rows of a variable between rows that are fixed: y[i] = rows[indices[i]], or fixedRows[i] where indices[i]
    /// is negative. A prompt before (or after, or between) the embedded text.
    /// </summary>
    /// <param name="tape">The tape.</param>
    /// <param name="fixedRows">[R, H]; taken over and changed in place.</param>
    /// <param name="rows">[M, H], the rows that may be trained.</param>
    /// <param name="indices">R numbers, negative or in [0, M).</param>
    public static Variable PlaceRows(this Tape tape, Tensor fixedRows, Variable rows, ReadOnlySpan<int> indices)
    {
        ArgumentNullException.ThrowIfNull(tape);
        ArgumentNullException.ThrowIfNull(rows);
        Tensor all = TensorData.FromInt32(tape.Backend, indices, indices.Length);
        tape.Backend.Index.GatherRows(rows.Value, all, fixedRows);
        Variable result = RecordPlaced(tape, fixedRows, rows, indices);
        result.Placed = new PlacedRows(rows, indices.ToArray());
        return result;
    }

    /// <summary>
    /// y = f(x), for an f without trained weights that makes each row of y from the same row of x. Where x has rows
    /// that <see cref="PlaceRows"/> put in several places, as a prompt before every example, f gets each of them once,
    /// and the gradient of all its places at once.
    /// </summary>
    /// <exception cref="InvalidOperationException">f has trained weights.</exception>
    public static Variable OncePerRow(this Tape tape, Variable x, Func<Variable, Variable> f)
    {
        ArgumentNullException.ThrowIfNull(tape);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(f);
        if (x.Placed is not { } placed || placed.Rows.Value.Rows >= placed.Indices.Count(static index => index >= 0))
            return f(x);
        // The fixed rows one after the other, and which of them each row of y is.
        List<int> fixedPlaces = [];
        int[] fixedIndices = new int[placed.Indices.Length];
        for (int i = 0; i < fixedIndices.Length; i++)
        {
            fixedIndices[i] = placed.Indices[i] < 0 ? fixedPlaces.Count : -1;
            if (placed.Indices[i] < 0) fixedPlaces.Add(i);
        }
        Variable rows = f(placed.Rows);
        Tensor y = tape.Allocate(fixedIndices.Length, rows.Value.Columns);
        if (fixedPlaces.Count > 0)
        {
            Tensor places = TensorData.FromInt32(tape.Backend, fixedPlaces.ToArray(), fixedPlaces.Count);
            Variable others = f(Variable.Constant(tape.Rows(x.Value, places)));
            if (others.RequiresGradient)
                throw new InvalidOperationException("OncePerRow: the function has trained weights.");
            Tensor indices = TensorData.FromInt32(tape.Backend, fixedIndices, fixedIndices.Length);
            tape.Backend.Index.GatherRows(others.Value, indices, y);
        }
        return tape.PlaceRows(y, rows, placed.Indices);
    }

    private static Variable RecordPlaced(Tape tape, Tensor fixedRows, Variable rows, ReadOnlySpan<int> indices)
    {
        if (!tape.Records(rows)) return tape.Record(fixedRows, [rows], [], static (_, _) => { });
        // Only the placed rows can move the loss through something trained: the first block goes back to those alone.
        List<int> places = [], sources = [];
        for (int i = 0; i < indices.Length; i++)
        {
            if (indices[i] < 0) continue;
            places.Add(i);
            sources.Add(indices[i]);
        }
        Tensor wanted = TensorData.FromInt32(tape.Backend, places.ToArray(), places.Count);
        Tensor from = TensorData.FromInt32(tape.Backend, sources.ToArray(), sources.Count);
        return tape.Record(
            fixedRows, [rows], [from, wanted], (dy, saved) => Scatter(tape, dy, saved[0], rows),
            tape.KeepForBackward(wanted));
    }

    private static void Scatter(Tape tape, Tensor dy, Tensor indices, Variable table)
    {
        Tensor gradient = tape.GradientOf(table, out bool accumulate);
        tape.Backend.Index.ScatterAddRows(dy, indices, gradient, accumulate);
    }
}
