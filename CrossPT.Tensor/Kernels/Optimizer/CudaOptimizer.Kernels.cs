using System.Runtime.CompilerServices;
using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <content>The kernels.</content>
internal sealed partial class CudaOptimizer
{
    private static void AdamW(AdamWArgs args)
    {
        for (int row = GridStride.FirstRow; row < args.Entries.Length; row += GridStride.RowStep)
        {
            AdamWEntry entry = args.Entries[row];
            AdamWStep step = entry.Step;
            Line parameter = entry.Line(args.All, entry.Parameter), gradient = entry.Line(args.All, entry.Gradient);
            Line first = entry.Line(args.All, entry.FirstMoment), second = entry.Line(args.All, entry.SecondMoment);
            for (long i = GridStride.FirstWord; i < entry.Length; i += GridStride.WordStep)
            {
                Float4 p = parameter.Load(i), g = gradient.Load(i), m = first.Load(i), v = second.Load(i);
                p.X = Updated(p.X, g.X, ref m.X, ref v.X, step);
                p.Y = Updated(p.Y, g.Y, ref m.Y, ref v.Y, step);
                p.Z = Updated(p.Z, g.Z, ref m.Z, ref v.Z, step);
                p.W = Updated(p.W, g.W, ref m.W, ref v.W, step);
                first.Store(i, m);
                second.Store(i, v);
                parameter.Store(i, p);
            }
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

    private static void RowMoment(RowMomentArgs args)
    {
        long start = (long)Grid.IdxX * args.Columns;
        FactoredDecay decay = args.Decay;
        float sum = 0;
        for (int i = Group.IdxX; i < args.Columns; i += Group.DimX)
        {
            float g = args.Gradient[start + i];
            sum += Intrinsics.Fma(g, g, decay.Epsilon);
        }
        sum = GroupMath.Sum(sum);
        if (Group.IdxX != 0) return;
        args.Moment[Grid.IdxX] = Intrinsics.Fma(decay.Decay, args.Moment[Grid.IdxX], decay.Rest * sum / args.Columns);
    }

    private static void Mean(MeanArgs args)
    {
        float sum = 0;
        for (int i = Group.IdxX; i < args.Count; i += Group.DimX) sum += args.X[i];
        sum = GroupMath.Sum(sum);
        if (Group.IdxX == 0) args.Mean[0] = sum / args.Count;
    }

    private static void FactoredUpdate(FactoredArgs args)
    {
        for (int row = GridStride.FirstRow; row < args.Rows; row += GridStride.RowStep)
        {
            float scale = MathF.Sqrt(args.Mean[0] / args.RowMoment[row]);
            for (int column = GridStride.FirstColumn; column < args.Columns; column += GridStride.ColumnStep)
            {
                long index = ((long)row * args.Columns) + column;
                args.Update[index] = args.Gradient[index] * (scale / MathF.Sqrt(args.ColumnMoment[column]));
            }
        }
    }

    private static void VectorUpdate(VectorArgs args)
    {
        FactoredDecay decay = args.Decay;
        for (long i = GridStride.FirstColumn; i < args.Length; i += GridStride.ColumnStep)
        {
            float g = args.Gradient[i], squared = Intrinsics.Fma(g, g, decay.Epsilon);
            float m = Intrinsics.Fma(decay.Decay, args.Moment[i], decay.Rest * squared);
            args.Moment[i] = m;
            args.Update[i] = g / MathF.Sqrt(m);
        }
    }
}
