using ILGPU;

namespace CrossPT.Tensors.Ilgpu;

/// <summary>The second half of a product whose inner index was cut into pieces: adds the partial sums up in their order and finishes as usual.</summary>
internal static class CombineKernel
{
    /// <summary>A thread finishes eight elements of a row: <paramref name="partials"/> [groups · pieces, rows, stride].</summary>
    public static void Combine(ProductCall call, ArrayView<float> partials, int stride, int octets, long count)
    {
        long index = (Grid.IdxX * (long)Group.DimX) + Group.IdxX;
        if (index >= count) return;
        int octet = (int)(index % octets), row = (int)(index / octets % call.Rows), group = (int)(index / octets / call.Rows);
        int bits = Four(call, partials, stride, group, row, 8 * octet);
        if ((8 * octet) + 4 < call.Columns) bits |= Four(call, partials, stride, group, row, (8 * octet) + 4) << 4;
        if (call.Positive.Length > 0) call.Positive[((long)row * call.PositiveStride) + octet] = (byte)bits;
    }

    private static int Four(ProductCall call, ArrayView<float> partials, int stride, int group, int row, int column)
    {
        long at = ((((long)group * call.Pieces * call.Rows) + row) * stride) + column, piece = (long)call.Rows * stride;
        Float4 sum = default;
        for (int i = 0; i < call.Pieces; i++) sum += partials.Cast<Float4>()[(at + (i * piece)) >> 2];
        Epilogue.Finish(call, group, row, column, sum);
        return sum.PositiveBits;
    }
}
