using System.Runtime.CompilerServices;
using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>Cross-entropy with its gradient, one group a row, which reads the row twice and writes it once.</summary>
internal sealed class CudaLoss(Launcher launcher) : ILossKernels
{
    private readonly Kernel<Args> _kernel = new(launcher, CrossEntropyRow);

    public void CrossEntropy(Tensor logits, Tensor labels, Tensor losses, Tensor? scales, Tensor? logitsGradient)
    {
        KernelChecks.CrossEntropy(logits, labels, losses, scales, logitsGradient);
        if (logits.Rows == 0) return;
        Extent extent = Extent.OfRows(logits, logitsGradient ?? logits);
        Args args = new(
            launcher.Matrix(logits), launcher.Matrix(logitsGradient ?? logits), launcher.Ints(labels),
            launcher.Floats(losses), launcher.Floats(scales),
            logitsGradient is null ? ArrayView<long>.Empty : launcher.Rounded(logitsGradient), extent,
            scales is null ? 0 : 1, logitsGradient is null ? 0 : 1);
        _kernel.Launch(launcher.PerRow(extent), args);
    }

    /// <summary>
    /// Each thread keeps its largest logit and Σ exp(logit − largest), scaled anew where a larger one comes (Milakov
    /// and Gimelshein 2018); the group brings these to its own largest.
    /// </summary>
    private static void CrossEntropyRow(Args args)
    {
        int row = Grid.IdxX, label = args.Labels[row];
        long columns = args.Extent.Columns;
        Line logits = args.Logits.Row(row, args.Extent), gradient = args.Gradient.Row(row, args.Extent);
        if (label < 0 || label >= columns)
        {
            if (Group.IdxX == 0) args.Losses[row] = 0;
            if (args.HasGradient == 0) return;
            for (long i = 4 * Group.IdxX; i < columns; i += 4 * Group.DimX)
            {
                gradient.Store(i, default);
                BFloat16.Store(args.Rounded, (row * columns) + i, default);
            }
            return;
        }
        float chosen = args.Logits.Data[(row * args.Logits.Stride) + label], largest = float.MinValue, sum = 0;
        for (long i = 4 * Group.IdxX; i < columns; i += 4 * Group.DimX)
        {
            Float4 value = logits.Load(i, float.MinValue);
            float most = Larger(Larger(value.X, value.Y), Larger(value.Z, value.W));
            if (most > largest)
            {
                sum *= KernelMath.Exp(largest - most);
                largest = most;
            }
            sum += Exp(value, largest).Where(logits.Existing(i)).Sum;
        }
        float top = GroupMath.Max(largest);
        sum = GroupMath.Sum(sum * KernelMath.Exp(largest - top));
        if (Group.IdxX == 0) args.Losses[row] = top - chosen + KernelMath.Log(sum);
        if (args.HasGradient == 0) return;
        float scale = args.HasScales != 0 ? args.Scales[row] : 1, factor = scale / sum;
        for (long i = 4 * Group.IdxX; i < columns; i += 4 * Group.DimX)
        {
            int place = (int)(label - i);
            Float4 target = new(
                place == 0 ? -scale : 0, place == 1 ? -scale : 0, place == 2 ? -scale : 0, place == 3 ? -scale : 0);
            Float4 value = Float4.Fma(factor, Exp(logits.Load(i), top), target);
            gradient.Store(i, value);
            BFloat16.Store(args.Rounded, (row * columns) + i, value);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float4 Exp(Float4 x, float largest) => new(
        KernelMath.Exp(x.X - largest), KernelMath.Exp(x.Y - largest),
        KernelMath.Exp(x.Z - largest), KernelMath.Exp(x.W - largest));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Larger(float a, float b) => a > b ? a : b;

    internal readonly record struct Args(
        MatrixView Logits, MatrixView Gradient, ArrayView<int> Labels, ArrayView<float> Losses, ArrayView<float> Scales,
        ArrayView<long> Rounded, Extent Extent, int HasScales, int HasGradient);
}
