using System.Runtime.CompilerServices;
using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <content>The kernels.</content>
internal sealed partial class CudaReduction
{
    /// <summary>
    /// A group sums one share of a vector; its threads have every so many words of it, so that sums stay short.
    /// </summary>
    private static void SumShare(ShareArgs args)
    {
        long first = Grid.IdxX * args.Share, last = IntrinsicMath.Min(args.Length, first + args.Share);
        Line line = new(args.X, 0, last, args.Vectors);
        float sum = 0;
        for (long i = first + (4 * Group.IdxX); i < last; i += 4 * Group.DimX)
        {
            Float4 value = line.Load(i);
            sum = args.Squares != 0 ? Float4.Dot(value, value, sum) : sum + value.Sum;
        }
        sum = GroupMath.Sum(sum);
        if (Group.IdxX == 0) args.Partial[Grid.IdxX] = sum;
    }

    private static void SumShares(TotalArgs args)
    {
        float sum = 0;
        for (int i = Group.IdxX; i < args.Shares; i += Group.DimX) sum += args.Partial[i];
        sum = GroupMath.Sum(sum);
        if (Group.IdxX == 0) args.Total[0] = sum;
    }

    private static void SumRow(SumRowArgs args)
    {
        Line line = args.X.Row(Grid.IdxX, args.Extent);
        float sum = 0;
        for (long i = 4 * Group.IdxX; i < args.Extent.Columns; i += 4 * Group.DimX) sum += line.Load(i).Sum;
        sum = GroupMath.Sum(sum);
        if (Group.IdxX == 0) args.Y[Grid.IdxX] = sum * args.Scale;
    }

    private static void SoftmaxRow(SoftmaxArgs args)
    {
        Line from = args.X.Row(Grid.IdxX, args.Extent), to = args.Y.Row(Grid.IdxX, args.Extent);
        long columns = args.Extent.Columns;
        float largest = float.MinValue;
        for (long i = 4 * Group.IdxX; i < columns; i += 4 * Group.DimX)
        {
            Float4 value = from.Load(i, float.MinValue);
            float low = IntrinsicMath.Max(value.X, value.Y), high = IntrinsicMath.Max(value.Z, value.W);
            largest = IntrinsicMath.Max(largest, IntrinsicMath.Max(low, high));
        }
        largest = GroupMath.Max(largest);
        float sum = 0, scale = args.Scale, shift = -largest * scale;
        for (long i = 4 * Group.IdxX; i < columns; i += 4 * Group.DimX)
        {
            Float4 value = from.Load(i);
            value = new Float4(
                Power(value.X, scale, shift), Power(value.Y, scale, shift),
                Power(value.Z, scale, shift), Power(value.W, scale, shift));
            to.Store(i, value);
            sum += value.Where(from.Existing(i)).Sum;
        }
        float factor = 1 / GroupMath.Sum(sum);
        for (long i = 4 * Group.IdxX; i < columns; i += 4 * Group.DimX) to.Store(i, to.Load(i) * factor);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Power(float value, float scale, float shift)
        => KernelMath.Exp(Intrinsics.Fma(value, scale, shift));

    /// <summary>
    /// Where one probability is nearly 1 the difference cancels: Σ p is then not 1 to enough digits. So gradients are
    /// taken relative to that of the likeliest column, whose difference from the mean is then small itself, and the
    /// mean is divided by Σ p.
    /// </summary>
    private static void SoftmaxBackwardRow(SoftmaxBackwardArgs args)
    {
        int columns = (int)args.Extent.Columns;
        Line y = args.Y.Row(Grid.IdxX, args.Extent), dy = args.OutputGradient.Row(Grid.IdxX, args.Extent);
        Line dx = args.InputGradient.Row(Grid.IdxX, args.Extent);
        int place = IntrinsicMath.Min(FirstLargest(y, columns, -1), columns - 1);
        float origin = args.OutputGradient.Data[(Grid.IdxX * args.OutputGradient.Stride) + place], dot = 0, sum = 0;
        for (int i = 4 * Group.IdxX; i < columns; i += 4 * Group.DimX)
        {
            Float4 p = y.Load(i);
            dot = Float4.Dot(p, dy.Load(i) - origin, dot);
            sum += p.Sum;
        }
        float mean = GroupMath.Sum(dot) / GroupMath.Sum(sum);
        for (int i = 4 * Group.IdxX; i < columns; i += 4 * Group.DimX)
        {
            Float4 value = y.Load(i) * (dy.Load(i) - origin - mean) * args.Scale;
            dx.Store(i, args.Accumulate != 0 ? dx.Load(i) + value : value);
        }
    }

    private static void DivideRow(DivideArgs args)
    {
        Line x = args.X.Row(Grid.IdxX, args.Extent), y = args.Y.Row(Grid.IdxX, args.Extent);
        float factor = InverseSum(x, args.Extent.Columns);
        for (long i = 4 * Group.IdxX; i < args.Extent.Columns; i += 4 * Group.DimX) y.Store(i, x.Load(i) * factor);
    }

    private static void DivideBackwardRow(DivideBackwardArgs args)
    {
        long columns = args.Extent.Columns;
        Line y = args.Y.Row(Grid.IdxX, args.Extent), dy = args.OutputGradient.Row(Grid.IdxX, args.Extent);
        Line dx = args.InputGradient.Row(Grid.IdxX, args.Extent);
        float factor = InverseSum(args.X.Row(Grid.IdxX, args.Extent), columns), dot = 0;
        for (long i = 4 * Group.IdxX; i < columns; i += 4 * Group.DimX) dot = Float4.Dot(y.Load(i), dy.Load(i), dot);
        dot = GroupMath.Sum(dot);
        for (long i = 4 * Group.IdxX; i < columns; i += 4 * Group.DimX)
        {
            Float4 value = (dy.Load(i) - dot) * factor;
            dx.Store(i, args.Accumulate != 0 ? dx.Load(i) + value : value);
        }
    }

    /// <summary>1 / Σ of a row, 0 where the sum is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float InverseSum(Line line, long columns)
    {
        float sum = 0;
        for (long i = 4 * Group.IdxX; i < columns; i += 4 * Group.DimX) sum += line.Load(i).Sum;
        sum = GroupMath.Sum(sum);
        return sum == 0 ? 0f : 1 / sum;
    }

    /// <summary>A thread has a row: a router has a few columns.</summary>
    private static void TopColumnsOfRow(TopArgs args)
    {
        for (int row = GridStride.FirstColumn; row < args.Rows; row += GridStride.ColumnStep)
        {
            long start = (long)row * args.Columns;
            int taken = 0;
            for (int column = 0; column < args.Columns; column++)
            {
                float value = args.X[start + column];
                int before = 0;
                for (int i = 0; i < args.Columns; i++)
                {
                    float other = args.X[start + i];
                    if (other > value || (other == value && i < column)) before++;
                }
                bool top = before < args.Count && taken < args.Count;
                if (top) args.Places[((long)row * args.Count) + taken++] = (int)(start + column);
                args.Kept[start + column] = top && value >= args.Threshold ? 1f : 0f;
            }
        }
    }

    private static void ArgMaxOfSequences(ArgMaxRowsArgs args)
    {
        for (int sequence = GridStride.FirstRow; sequence < args.Sequences; sequence += GridStride.RowStep)
        {
            int first = args.Starts[sequence], last = args.Starts[sequence + 1];
            for (int column = GridStride.FirstColumn; column < args.Columns; column += GridStride.ColumnStep)
            {
                int place = (first * args.Columns) + column;
                float largest = args.X[place];
                for (int row = first + 1; row < last; row++)
                {
                    int at = (row * args.Columns) + column;
                    float value = args.X[at];
                    if (!(value > largest)) continue;
                    largest = value;
                    place = at;
                }
                args.Places[((long)sequence * args.Columns) + column] = place;
            }
        }
    }

    private static void ArgMaxRow(ArgMaxArgs args)
    {
        int columns = (int)args.Extent.Columns;
        int place = FirstLargest(args.X.Row(Grid.IdxX, args.Extent), columns, float.NegativeInfinity);
        if (Group.IdxX == 0) args.Indices[Grid.IdxX] = place < columns ? place : 0;
    }

    /// <summary>
    /// The first column of the largest above <paramref name="floor"/>, <paramref name="columns"/> or more for none:
    /// each thread finds the first of its largest; the group the largest of these, and the first column that has it.
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
