using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// RMS norm, one group a row, forward and backward. A row is read twice; the second time it comes from the cache.
/// </summary>
internal sealed class CudaNorm(Launcher launcher) : INormKernels
{
    private readonly CudaColumnSums<NormTerm> _weightSums = new(launcher);
    private readonly Kernel<ForwardArgs> _forward = new(launcher, Forward);
    private readonly Kernel<BackwardArgs> _backward = new(launcher, Backward);

    public void RmsNorm(Tensor x, Tensor weight, Tensor y, Tensor inverseRms, double epsilon)
    {
        KernelChecks.RmsNorm(x, weight, y, inverseRms);
        if (x.Length == 0) return;
        Extent extent = Extent.OfRows(x, weight, y);
        ForwardArgs args = new(
            launcher.Matrix(x), launcher.Matrix(weight), launcher.Matrix(y), launcher.Floats(inverseRms),
            launcher.Rounded(y), extent, (float)epsilon);
        _forward.Launch(launcher.PerRow(extent), args);
    }

    public void RmsNormBackward(
        Tensor dy, Tensor x, Tensor weight, Tensor inverseRms, Tensor dx, bool accumulate = false)
    {
        KernelChecks.RmsNormBackward(dy, x, weight, inverseRms, dx);
        if (x.Length == 0) return;
        Extent extent = Extent.OfRows(x, dy, weight, dx);
        BackwardArgs args = new(
            launcher.Matrix(dy), launcher.Matrix(x), launcher.Matrix(weight), launcher.Matrix(dx),
            launcher.Floats(inverseRms), launcher.Rounded(dx), extent, accumulate ? 1 : 0);
        _backward.Launch(launcher.PerRow(extent), args);
    }

    public void RmsNormWeightBackward(Tensor dy, Tensor x, Tensor inverseRms, Tensor dWeight, bool accumulate = false)
    {
        KernelChecks.RmsNormWeightBackward(dy, x, inverseRms, dWeight);
        _weightSums.Run(dy, x, inverseRms, dWeight, 0, 1, accumulate ? 1 : 0);
    }

    private static void Forward(ForwardArgs args)
    {
        long columns = args.Extent.Columns;
        Line x = args.X.Row(Grid.IdxX, args.Extent), weight = args.Weight.Row(0, args.Extent);
        Line y = args.Y.Row(Grid.IdxX, args.Extent);
        float sum = 0;
        for (long i = 4 * Group.IdxX; i < columns; i += 4 * Group.DimX)
        {
            Float4 value = x.Load(i);
            sum = Float4.Dot(value, value, sum);
        }
        float r = 1 / MathF.Sqrt((GroupMath.Sum(sum) / columns) + args.Epsilon);
        if (Group.IdxX == 0) args.Inverse[Grid.IdxX] = r;
        for (long i = 4 * Group.IdxX; i < columns; i += 4 * Group.DimX)
        {
            Float4 value = x.Load(i) * r * weight.Load(i);
            y.Store(i, value);
            BFloat16.Store(args.Rounded, (Grid.IdxX * columns) + i, value);
        }
    }

    private static void Backward(BackwardArgs args)
    {
        long columns = args.Extent.Columns;
        Line dy = args.OutputGradient.Row(Grid.IdxX, args.Extent), x = args.X.Row(Grid.IdxX, args.Extent);
        Line weight = args.Weight.Row(0, args.Extent), dx = args.InputGradient.Row(Grid.IdxX, args.Extent);
        float sum = 0;
        for (long i = 4 * Group.IdxX; i < columns; i += 4 * Group.DimX)
            sum = Float4.Dot(dy.Load(i) * weight.Load(i), x.Load(i), sum);
        float r = args.Inverse[Grid.IdxX], back = -r * r * r * (GroupMath.Sum(sum) / columns);
        for (long i = 4 * Group.IdxX; i < columns; i += 4 * Group.DimX)
        {
            Float4 value = Float4.Fma(back, x.Load(i), dy.Load(i) * weight.Load(i) * r);
            if (args.Accumulate != 0) value = dx.Load(i) + value;
            dx.Store(i, value);
            BFloat16.Store(args.Rounded, (Grid.IdxX * columns) + i, value);
        }
    }

    internal readonly record struct ForwardArgs(
        MatrixView X, MatrixView Weight, MatrixView Y, ArrayView<float> Inverse, ArrayView<long> Rounded, Extent Extent,
        float Epsilon);

    internal readonly record struct BackwardArgs(
        MatrixView OutputGradient, MatrixView X, MatrixView Weight, MatrixView InputGradient, ArrayView<float> Inverse,
        ArrayView<long> Rounded, Extent Extent, int Accumulate);
}
