using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// What happens to sums on their way to the result, in every product kernel: adding, clamping, keeping the bits of what
/// is positive, rounding for the next product.
/// </summary>
internal static class Epilogue
{
    /// <summary>
    /// Stores a block of sums [rows, 4·words] that lies in shared memory, rows <paramref name="stride"/> words apart:
    /// <paramref name="row"/> and
    /// <paramref name="column"/> are where it belongs; <paramref name="words"/> is a power of two. Neighbouring threads
    /// store neighbouring words.
    /// </summary>
    public static void Store(
        ProductCall call, ArrayView<Float4> shared, int stride, int rows, int words, int row, int column)
    {
        for (int i = Group.IdxX; i < rows * words; i += Group.DimX)
        {
            int r = row + (i / words), c = column + (4 * (i & (words - 1)));
            if (r >= call.Rows || c >= call.Columns) continue;
            Float4 sum = shared[(i / words * stride) + (i & (words - 1))];
            // Partial sums are whole rows of whole words.
            if (call.Splits > 1) call.Partials.Cast<Float4>()[Partial(call, Grid.IdxZ, r, c) >> 2] = sum;
            else Finish(call, Grid.IdxZ, r, c, sum);
        }
        if (call.Positive.Length == 0 || call.Splits > 1) return;
        for (int i = Group.IdxX; i < rows * words / 2; i += Group.DimX)
        {
            int r = i / (words / 2), octet = i & ((words / 2) - 1), at = (r * stride) + (2 * octet);
            if (row + r >= call.Rows || column + (8 * octet) >= call.Columns) continue;
            Float4 low = shared[at], high = shared[at + 1];
            long at8 = ((long)(row + r) * call.PositiveStride) + (column / 8) + octet;
            call.Positive[at8] = (byte)(low.PositiveBits | (high.PositiveBits << 4));
        }
    }

    /// <summary>
    /// Where the sum is split, the last of the thread groups that have a part of a block adds the parts up, in their
    /// order, and finishes as usual. <paramref name="shared"/> is free by then.
    /// </summary>
    public static void Combine(ProductCall call, ArrayView<Float4> shared, int edge, int row, int column)
    {
        if (call.Splits == 1) return;
        int group = Grid.IdxZ / call.Splits;
        ArrayView<int> isLast = shared.Cast<int>();
        // What this group has stored is to be seen by whoever sees that it has arrived.
        MemoryFence.DeviceLevel();
        Group.Barrier();
        if (Group.IdxX == 0)
        {
            int block = (group * Grid.DimX) + Grid.IdxX;
            bool last = Atomic.Add(ref call.Arrived[block], 1) == call.Splits - 1;
            isLast[0] = last ? 1 : 0;
            if (last) call.Arrived[block] = 0;
        }
        Group.Barrier();
        if (isLast[0] == 0) return;
        MemoryFence.DeviceLevel();
        for (int i = Group.IdxX; i < edge * edge / 8; i += Group.DimX)
        {
            int r = row + (i / (edge / 8)), c = column + (8 * (i & ((edge / 8) - 1)));
            if (r >= call.Rows || c >= call.Columns) continue;
            int bits = CombineFour(call, group, r, c);
            if (c + 4 < call.Columns) bits |= CombineFour(call, group, r, c + 4) << 4;
            if (call.Positive.Length > 0) call.Positive[((long)r * call.PositiveStride) + (c >> 3)] = (byte)bits;
        }
    }

    private static int CombineFour(ProductCall call, int group, int row, int column)
    {
        Float4 sum = default;
        for (int i = 0; i < call.Splits; i++)
            sum += call.Partials.Cast<Float4>()[Partial(call, (group * call.Splits) + i, row, column) >> 2];
        Finish(call, group, row, column, sum);
        return sum.PositiveBits;
    }

    private static long Partial(ProductCall call, int part, int row, int column)
        => ((((long)part * call.Rows) + row) * call.PartialStride) + column;

    /// <summary>Adds, clamps, masks and stores four whole sums of group <paramref name="group"/>.</summary>
    public static void Finish(ProductCall call, int group, int row, int column, Float4 sum)
    {
        long at = ((long)group * call.CGroup) + ((long)row * call.CStride) + column;
        bool whole = column + 3 < call.Columns;
        if (call.Initial.Length > 0)
            sum += Initial(
                call, ((long)group * call.CGroup) + ((long)row * call.InitialStride) + column, column, whole);
        if (call.Relu != 0)
            sum = new Float4(
                sum.X > 0 ? sum.X : 0, sum.Y > 0 ? sum.Y : 0, sum.Z > 0 ? sum.Z : 0, sum.W > 0 ? sum.W : 0);
        if (call.Wanted.Length > 0)
            sum = sum.Where(call.Wanted[((long)row * call.WantedStride) + (column >> 3)] >> (column & 4));
        BFloat16.Store(call.Rounded, at, sum);
        if (whole && call.CVectors != 0)
        {
            call.C.Cast<Float4>()[at >> 2] = sum;
            return;
        }
        call.C[at] = sum.X;
        if (column + 1 < call.Columns) call.C[at + 1] = sum.Y;
        if (column + 2 < call.Columns) call.C[at + 2] = sum.Z;
        if (column + 3 < call.Columns) call.C[at + 3] = sum.W;
    }

    private static Float4 Initial(ProductCall call, long at, int column, bool whole)
    {
        if (whole && call.InitialVectors != 0) return call.Initial.Cast<Float4>()[at >> 2];
        float y = column + 1 < call.Columns ? call.Initial[at + 1] : 0;
        float z = column + 2 < call.Columns ? call.Initial[at + 2] : 0;
        float w = column + 3 < call.Columns ? call.Initial[at + 3] : 0;
        return new Float4(call.Initial[at], y, z, w);
    }
}
