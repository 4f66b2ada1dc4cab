using System.Runtime.CompilerServices;
using ILGPU;
using Floats = ILGPU.ArrayView<float>;
using Ints = ILGPU.ArrayView<int>;

namespace CrossPT.Tensors.Cuda;

/// <content>The kernels.</content>
internal sealed partial class CudaReduction
{
    /// <summary>A group sums one share of a vector; its threads have every so many words of it, so that sums stay short.</summary>
    private static void SumShare(Floats x, Floats partial, long length, long share, int squares, int vectors)
    {
        long first = Grid.IdxX * share, last = IntrinsicMath.Min(length, first + share);
        Line line = new(x, 0, last, vectors);
        float sum = 0;
        for (long i = first + (4 * Group.IdxX); i < last; i += 4 * Group.DimX)
        {
            Float4 value = line.Load(i);
            sum = squares != 0 ? Float4.Dot(value, value, sum) : sum + value.Sum;
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

    private static void SumRow(Floats x, Floats y, int columns, float scale, int vectors)
    {
        Line line = new(x, (long)Grid.IdxX * columns, columns, vectors);
        float sum = 0;
        for (int i = 4 * Group.IdxX; i < columns; i += 4 * Group.DimX) sum += line.Load(i).Sum;
        sum = GroupMath.Sum(sum);
        if (Group.IdxX == 0) y[Grid.IdxX] = sum * scale;
    }

    private static void SoftmaxRow(Floats x, Floats y, Grid2 grid, float scale, int vectors)
    {
        Line from = new(x, Grid.IdxX * grid.StrideX, grid.Columns, vectors), to = new(y, Grid.IdxX * grid.StrideY, grid.Columns, vectors);
        float largest = float.MinValue;
        for (long i = 4 * Group.IdxX; i < grid.Columns; i += 4 * Group.DimX)
        {
            Float4 value = from.Load(i, float.MinValue);
            largest = IntrinsicMath.Max(largest, IntrinsicMath.Max(IntrinsicMath.Max(value.X, value.Y), IntrinsicMath.Max(value.Z, value.W)));
        }
        largest = GroupMath.Max(largest);
        float sum = 0, shift = -largest * scale;
        for (long i = 4 * Group.IdxX; i < grid.Columns; i += 4 * Group.DimX)
        {
            Float4 value = from.Load(i);
            value = new Float4(Power(value.X, scale, shift), Power(value.Y, scale, shift), Power(value.Z, scale, shift), Power(value.W, scale, shift));
            to.Store(i, value);
            sum += value.Where(from.Existing(i)).Sum;
        }
        float factor = 1 / GroupMath.Sum(sum);
        for (long i = 4 * Group.IdxX; i < grid.Columns; i += 4 * Group.DimX) to.Store(i, to.Load(i) * factor);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Power(float value, float scale, float shift) => KernelMath.Exp(Intrinsics.Fma(value, scale, shift));

    /// <summary>
    /// Where one probability is nearly 1 the difference cancels: Σ p is then not 1 to enough digits. So gradients are taken relative to that of the
    /// likeliest column, whose difference from the mean is then small itself, and the mean is divided by Σ p.
    /// </summary>
    private static void SoftmaxBackwardRow(Floats y, Floats dy, Floats dx, int columns, float scale, int accumulate, int vectors)
    {
        long start = (long)Grid.IdxX * columns;
        Line probabilities = new(y, start, columns, vectors), above = new(dy, start, columns, vectors), below = new(dx, start, columns, vectors);
        int place = IntrinsicMath.Min(FirstLargest(probabilities, columns, -1), columns - 1);
        float origin = dy[start + place], dot = 0, sum = 0;
        for (int i = 4 * Group.IdxX; i < columns; i += 4 * Group.DimX)
        {
            Float4 p = probabilities.Load(i);
            dot = Float4.Dot(p, above.Load(i) - origin, dot);
            sum += p.Sum;
        }
        float mean = GroupMath.Sum(dot) / GroupMath.Sum(sum);
        for (int i = 4 * Group.IdxX; i < columns; i += 4 * Group.DimX)
        {
            Float4 value = probabilities.Load(i) * (above.Load(i) - origin - mean) * scale;
            below.Store(i, accumulate != 0 ? below.Load(i) + value : value);
        }
    }

    private static void ArgMaxRow(Floats x, Ints indices, int columns, int vectors)
    {
        int place = FirstLargest(new Line(x, (long)Grid.IdxX * columns, columns, vectors), columns, float.NegativeInfinity);
        if (Group.IdxX == 0) indices[Grid.IdxX] = place < columns ? place : 0;
    }

    /// <summary>
    /// The first column of the largest above <paramref name="floor"/>, <paramref name="columns"/> or more for none: each thread finds the first of its largest;
    /// the group the largest of these, and the first column that has it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int FirstLargest(Line line, int columns, float floor)
    {
        float largest = floor;
        int place = columns;
        for (int i = 4 * Group.IdxX; i < columns; i += 4 * Group.DimX)
        {
            Float4 value = line.Load(i, floor);
            Raise(value.X, i, ref largest, ref place);
            Raise(value.Y, i + 1, ref largest, ref place);
            Raise(value.Z, i + 2, ref largest, ref place);
            Raise(value.W, i + 3, ref largest, ref place);
        }
        float most = GroupMath.Max(largest);
        return GroupMath.Min(largest == most ? place : columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Raise(float value, int at, ref float largest, ref int place)
    {
        if (!(value > largest)) return;
        largest = value;
        place = at;
    }
}
