namespace CrossPT.Tensors.Reference;

/// <summary>Rows by index, in the words of <see cref="IIndexKernels"/>.</summary>
internal sealed class ReferenceIndex : IIndexKernels
{
    public void GatherRows(Tensor table, Tensor indices, Tensor y)
    {
        KernelChecks.GatherRows(table, indices, y);
        Span<int> rows = indices.Indices();
        CheckRange("GatherRows", rows, table.Rows, table);
        for (int i = 0; i < rows.Length; i++)
        {
            if (rows[i] >= 0) table.Row(rows[i]).CopyTo(y.Row(i));
        }
    }

    public void ScatterAddRows(Tensor x, Tensor indices, Tensor table, bool accumulate = true)
    {
        KernelChecks.ScatterAddRows(x, indices, table);
        Span<int> rows = indices.Indices();
        CheckRange("ScatterAddRows", rows, table.Rows, table);
        for (int i = 0; !accumulate && i < table.Rows; i++) table.Row(i).Clear();
        for (int i = 0; i < rows.Length; i++)
        {
            if (rows[i] < 0) continue;
            Span<double> from = x.Row(i), to = table.Row(rows[i]);
            for (int c = 0; c < to.Length; c++) to[c] += from[c];
        }
    }

    public void Pick(Tensor x, Tensor indices, Tensor y)
    {
        KernelChecks.Pick(x, indices, y);
        Span<int> columns = indices.Indices();
        CheckRange("Pick", columns, x.Columns, x);
        Span<double> ye = y.Elements();
        for (int i = 0; i < columns.Length; i++) ye[i] = columns[i] < 0 ? 0 : x.Row(i)[columns[i]];
    }

    /// <summary>Negative indices have a meaning of their own in every kernel that calls this.</summary>
    internal static void CheckRange(string kernel, ReadOnlySpan<int> indices, int bound, Tensor table)
    {
        for (int i = 0; i < indices.Length; i++)
        {
            if (indices[i] >= bound)
                throw new ArgumentException($"{kernel}: index {indices[i]} at {i}, of {table.Describe()}.");
        }
    }
}
