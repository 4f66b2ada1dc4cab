using System.Runtime.CompilerServices;
using ILGPU;
using Floats = ILGPU.ArrayView<float>;

namespace CrossPT.Tensors.Cuda;

/// <content>The kernels.</content>
internal sealed partial class CudaOptimizer
{
    private static void AdamWWords(Floats parameter, Floats gradient, Floats firstMoment, Floats secondMoment, long length, AdamWStep step, int vectors)
    {
        Line values = new(parameter, 0, length, vectors), gradients = new(gradient, 0, length, vectors);
        Line firsts = new(firstMoment, 0, length, vectors), seconds = new(secondMoment, 0, length, vectors);
        for (long i = 4L * Tile.FirstColumn; i < length; i += 4L * Tile.ColumnStep)
        {
            Float4 p = values.Load(i), g = gradients.Load(i), m = firsts.Load(i), v = seconds.Load(i);
            p.X = Updated(p.X, g.X, ref m.X, ref v.X, step);
            p.Y = Updated(p.Y, g.Y, ref m.Y, ref v.Y, step);
            p.Z = Updated(p.Z, g.Z, ref m.Z, ref v.Z, step);
            p.W = Updated(p.W, g.W, ref m.W, ref v.W, step);
            firsts.Store(i, m);
            seconds.Store(i, v);
            values.Store(i, p);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Updated(float parameter, float g, ref float first, ref float second, AdamWStep step)
    {
        first = Intrinsics.Fma(step.Rest1, g, step.Beta1 * first);
        second = Intrinsics.Fma(step.Rest2 * g, g, step.Beta2 * second);
        float root = MathF.Sqrt(second * step.Correction) + step.Epsilon;
        return (parameter * step.Keep) - (step.Rate * first / root);
    }

    // Adafactor's kernels keep to one element a thread: they see prompts and routers alone, once a step.

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
