using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>The second half of a product whose inner index was cut into pieces: adds the partial sums up in their order and finishes as usual.</summary>
internal static class CombineKernel
{
    /// <summary>A thread finishes eight elements of a row at a time: <paramref name="partials"/> [groups · pieces, rows, stride].</summary>
    public static void Combine(ProductCall call, ArrayView<float> partials, int stride, int octets, int groups)
    {
        for (int line = (Grid.IdxY * Group.DimY) + Group.IdxY; line < groups * call.Rows; line += Grid.DimY * Group.DimY)
        {
            int group = groups == 1 ? 0 : line / call.Rows, row = line - (group * call.Rows);
            for (int octet = (Grid.IdxX * Group.DimX) + Group.IdxX; octet < octets; octet += Grid.DimX * Group.DimX) Octet(call, partials, stride, group, row, octet);
        }
    }

    private static void Octet(ProductCall call, ArrayView<float> partials, int stride, int group, int row, int octet)
    {
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
