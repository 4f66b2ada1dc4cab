using ILGPU;
using Floats = ILGPU.ArrayView<float>;

namespace CrossPT.Tensors.Ilgpu;

/// <content>The kernels.</content>
internal sealed partial class IlgpuOptimizer
{
    private static void AdamWOne(Floats parameter, Floats gradient, Floats firstMoment, Floats secondMoment, long length, AdamWStep step)
    {
        for (long i = Tile.FirstColumn; i < length; i += Tile.ColumnStep)
        {
            float g = gradient[i];
            float first = Intrinsics.Fma(step.Rest1, g, step.Beta1 * firstMoment[i]);
            float second = Intrinsics.Fma(step.Rest2 * g, g, step.Beta2 * secondMoment[i]);
            firstMoment[i] = first;
            secondMoment[i] = second;
            float root = MathF.Sqrt(second * step.Correction) + step.Epsilon;
            parameter[i] = (parameter[i] * step.Keep) - (step.Rate * first / root);
        }
    }

    private static void RowMoment(Floats gradient, Floats moment, int columns, FactoredDecay decay)
    {
        long start = (long)Grid.IdxX * columns;
        float sum = 0;
        for (int i = Group.IdxX; i < columns; i += Group.DimX)
        {
            float g = gradient[start + i];
            sum += Intrinsics.Fma(g, g, decay.Epsilon);
        }
        sum = GroupMath.Sum(sum);
        if (Group.IdxX == 0) moment[Grid.IdxX] = Intrinsics.Fma(decay.Decay, moment[Grid.IdxX], decay.Rest * sum / columns);
    }

    private static void Mean(Floats x, Floats mean, int count)
    {
        float sum = 0;
        for (int i = Group.IdxX; i < count; i += Group.DimX) sum += x[i];
        sum = GroupMath.Sum(sum);
        if (Group.IdxX == 0) mean[0] = sum / count;
    }

    private static void FactoredUpdate(Floats gradient, Floats rowMoment, Floats columnMoment, Floats mean, Floats update, Grid2 grid)
    {
        for (int row = Tile.FirstRow; row < grid.Rows; row += Tile.RowStep)
        {
            float scale = MathF.Sqrt(mean[0] / rowMoment[row]);
            for (long column = Tile.FirstColumn; column < grid.Columns; column += Tile.ColumnStep)
            {
                long index = (row * grid.StrideX) + column;
                update[index] = gradient[index] * (scale / MathF.Sqrt(columnMoment[column]));
            }
        }
    }

    private static void VectorUpdate(Floats gradient, Floats moment, Floats update, long length, FactoredDecay decay)
    {
        for (long i = Tile.FirstColumn; i < length; i += Tile.ColumnStep)
        {
            float g = gradient[i], m = Intrinsics.Fma(decay.Decay, moment[i], decay.Rest * Intrinsics.Fma(g, g, decay.Epsilon));
            moment[i] = m;
            update[i] = g / MathF.Sqrt(m);
        }
    }
}
