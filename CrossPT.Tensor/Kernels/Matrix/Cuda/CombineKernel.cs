using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// The second half of a product whose inner index was split (split-K): adds the partial sums up in their order and
/// finishes as usual.
/// </summary>
internal static class CombineKernel
{
    /// <summary>A thread finishes eight elements of a row at a time.</summary>
    public static void Combine(CombineArgs args)
    {
        ProductCall call = args.Call;
        for (int line = GridStride.FirstRow; line < args.Groups * call.Rows; line += GridStride.RowStep)
        {
            int group = args.Groups == 1 ? 0 : line / call.Rows, row = line - (group * call.Rows);
            for (int octet = GridStride.FirstColumn; octet < args.Octets; octet += GridStride.ColumnStep)
            {
                int bits = Four(args, group, row, 8 * octet);
                if ((8 * octet) + 4 < call.Columns) bits |= Four(args, group, row, (8 * octet) + 4) << 4;
                if (call.Positive.Length > 0) call.Positive[((long)row * call.PositiveStride) + octet] = (byte)bits;
            }
        }
    }

    private static int Four(CombineArgs args, int group, int row, int column)
    {
        ProductCall call = args.Call;
        long at = ((((long)group * call.Splits * call.Rows) + row) * args.Stride) + column;
        long split = (long)call.Rows * args.Stride;
        Float4 sum = default;
        for (int i = 0; i < call.Splits; i++) sum += args.Partials.Cast<Float4>()[(at + (i * split)) >> 2];
        Epilogue.Finish(call, group, row, column, sum);
        return sum.PositiveBits;
    }
}

/// <param name="Call">The product.</param>
/// <param name="Partials">[groups · splits, rows, stride].</param>
/// <param name="Stride">Elements from a row of partial sums to the next.</param>
/// <param name="Octets">Eights of columns in a row.</param>
/// <param name="Groups">Groups of the weight.</param>
internal readonly record struct CombineArgs(
    ProductCall Call, ArrayView<float> Partials, int Stride, int Octets, int Groups);
