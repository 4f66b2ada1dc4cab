namespace CrossPT.Tensors.Reference;

/// <summary>
/// Elements of host tensors, row by row: the one place that knows row strides; and the two sums of products.
/// </summary>
internal static class HostRows
{
    /// <summary>Row <paramref name="index"/>, also of a view of some columns.</summary>
    internal static unsafe Span<double> Row(this Tensor tensor, int index)
        => new((double*)tensor.Address + ((long)index * tensor.RowStride), tensor.Columns);

    /// <summary>All elements of a contiguous tensor.</summary>
    internal static Span<double> Elements(this Tensor tensor) => tensor.HostSpan<double>();

    /// <summary>All indices or labels.</summary>
    internal static Span<int> Indices(this Tensor tensor) => tensor.HostSpan<int>();

    /// <summary>The bits of one row of a mask, 8 a byte.</summary>
    internal static Span<byte> Bits(this Tensor mask, int row) =>
        mask.HostSpan<byte>().Slice(row * mask.Columns, mask.Columns);

    /// <summary>Bit <paramref name="column"/> of a row of a mask.</summary>
    internal static bool IsSet(ReadOnlySpan<byte> bits, int column) => (bits[column / 8] >> (column % 8) & 1) != 0;

    /// <summary>Sets bit <paramref name="column"/> of a row of a mask.</summary>
    internal static void Set(Span<byte> bits, int column) => bits[column / 8] |= (byte)(1 << (column % 8));

    /// <summary>Σ a · b.</summary>
    internal static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    /// <summary>y += scale · x.</summary>
    internal static void AddScaled(double scale, ReadOnlySpan<double> x, Span<double> y)
    {
        for (int i = 0; i < y.Length; i++) y[i] += scale * x[i];
    }
}
