using ILGPU;
using Floats = ILGPU.ArrayView<float>;
using Ints = ILGPU.ArrayView<int>;

namespace CrossPT.Tensors.Ilgpu;

/// <content>The kernels.</content>
internal sealed partial class IlgpuReduction
{
    /// <summary>A group sums one share of a vector; its threads have every so many elements, so that sums stay short.</summary>
    private static void SumShare(Floats x, Floats partial, long length, long share, int squares)
    {
        long first = Grid.IdxX * share, last = IntrinsicMath.Min(length, first + share);
        float sum = 0;
        for (long i = first + Group.IdxX; i < last; i += Group.DimX)
        {
            float value = x[i];
            sum = squares != 0 ? Intrinsics.Fma(value, value, sum) : sum + value;
        }
        sum = GroupMath.Sum(sum);
        if (Group.IdxX == 0) partial[Grid.IdxX] = sum;
    }

    private static void SumShares(Floats partial, Floats total, int shares)
    {
        float sum = 0;
        for (int i = Group.IdxX; i < shares; i += Group.DimX) sum += partial[i];
        sum = GroupMath.Sum(sum);
        if (Group.IdxX == 0) total[0] = sum;
    }

    private static void SumRow(Floats x, Floats y, int columns, float scale)
    {
        long start = (long)Grid.IdxX * columns;
        float sum = 0;
        for (int i = Group.IdxX; i < columns; i += Group.DimX) sum += x[start + i];
        sum = GroupMath.Sum(sum);
        if (Group.IdxX == 0) y[Grid.IdxX] = sum * scale;
    }

    private static void SoftmaxRow(Floats x, Floats y, Grid2 grid, float scale)
    {
        long from = Grid.IdxX * grid.StrideX, to = Grid.IdxX * grid.StrideY;
        float largest = float.MinValue;
        for (long i = Group.IdxX; i < grid.Columns; i += Group.DimX) largest = IntrinsicMath.Max(largest, x[from + i]);
        largest = GroupMath.Max(largest);
        float sum = 0, shift = -largest * scale;
        for (long i = Group.IdxX; i < grid.Columns; i += Group.DimX)
        {
            float value = KernelMath.Exp(Intrinsics.Fma(x[from + i], scale, shift));
            y[to + i] = value;
            sum += value;
        }
        float factor = 1 / GroupMath.Sum(sum);
        for (long i = Group.IdxX; i < grid.Columns; i += Group.DimX) y[to + i] *= factor;
    }

    /// <summary>
    /// Where one probability is nearly 1 the difference cancels: Σ p is then not 1 to enough digits. So gradients are taken relative to that of the
    /// likeliest column, whose difference from the mean is then small itself, and the mean is divided by Σ p.
    /// </summary>
    private static void SoftmaxBackwardRow(Floats y, Floats dy, Floats dx, int columns, float scale, int accumulate)
    {
        long start = (long)Grid.IdxX * columns;
        float largest = -1;
        int place = 0;
        for (int i = Group.IdxX; i < columns; i += Group.DimX)
        {
            float p = y[start + i];
            if (p > largest)
            {
                largest = p;
                place = i;
            }
        }
        float most = GroupMath.Max(largest);
        place = GroupMath.Min(largest == most ? place : columns);
        float origin = dy[start + IntrinsicMath.Min(place, columns - 1)];
        float dot = 0, sum = 0;
        for (int i = Group.IdxX; i < columns; i += Group.DimX)
        {
            float p = y[start + i];
            dot = Intrinsics.Fma(p, dy[start + i] - origin, dot);
            sum += p;
        }
        float mean = GroupMath.Sum(dot) / GroupMath.Sum(sum);
        for (int i = Group.IdxX; i < columns; i += Group.DimX)
        {
            float value = y[start + i] * (dy[start + i] - origin - mean) * scale;
            dx[start + i] = accumulate != 0 ? dx[start + i] + value : value;
        }
    }

    /// <summary>Each thread finds the first of its largest; the group the largest of these, and the first column that has it.</summary>
    private static void ArgMaxRow(Floats x, Ints indices, int columns)
    {
        long start = (long)Grid.IdxX * columns;
        float largest = float.NegativeInfinity;
        int place = columns;
        for (int i = Group.IdxX; i < columns; i += Group.DimX)
        {
            float value = x[start + i];
            if (value > largest)
            {
                largest = value;
                place = i;
            }
        }
        float most = GroupMath.Max(largest);
        place = GroupMath.Min(largest == most ? place : columns);
        if (Group.IdxX == 0) indices[Grid.IdxX] = place < columns ? place : 0;
    }
}
