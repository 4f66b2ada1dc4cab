namespace CrossPT.Tensors;

/// <summary>
/// Rows by index. An index outside the table is an <see cref="ArgumentException"/> on the host, undefined on a device.
/// </summary>
public interface IIndexKernels
{
    /// <summary>
    /// y[i] = table[indices[i]]: table [M, columns], indices Int32 [R], y [R, columns]; rows. A negative index leaves
    /// its row of y as it is.
    /// </summary>
    void GatherRows(Tensor table, Tensor indices, Tensor y);

    /// <summary>
    /// table[indices[i]] += x[i], in the order of i for each row of the table: x [R, columns]; rows. A negative index
    /// skips its row. Without <paramref name="accumulate"/>, added to zeros.
    /// </summary>
    void ScatterAddRows(Tensor x, Tensor indices, Tensor table, bool accumulate = true);

    /// <summary>y[i] = x[i, indices[i]]: x [R, columns], y [R]; a negative index gives 0.</summary>
    void Pick(Tensor x, Tensor indices, Tensor y);
}
