using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using Floats = ILGPU.ArrayView<float>;
using Ints = ILGPU.ArrayView<int>;
using Quads = ILGPU.ArrayView<CrossPT.Tensors.Cuda.Float4>;

namespace CrossPT.Tensors.Cuda;

/// <summary>Cross-entropy with its gradient, one group a row, which reads the row twice and writes it once.</summary>
internal sealed class CudaLoss(Launcher launcher) : ILossKernels
{
    private Action<AcceleratorStream, KernelConfig, Quads, Ints, Floats, Floats, Quads, Options>? _quads;
    private Action<AcceleratorStream, KernelConfig, Floats, Ints, Floats, Floats, Floats, Options>? _one;

    public void CrossEntropy(Tensor logits, Tensor labels, Tensor losses, Tensor? scales, Tensor? logitsGradient)
    {
        KernelChecks.CrossEntropy(logits, labels, losses, scales, logitsGradient);
        if (logits.Rows == 0) return;
        if (Launcher.HasQuadRows(logits) && (logitsGradient is null || Launcher.HasQuadRows(logitsGradient)))
        {
            (_quads ??= launcher.Load<Quads, Ints, Floats, Floats, Quads, Options>(RowOfQuads))(
                launcher.Stream, launcher.PerRow(logits.Rows, logits.Columns / 4), launcher.Quads(logits), launcher.Ints(labels), launcher.Floats(losses),
                launcher.Floats(scales), launcher.Quads(logitsGradient), new Options(logits.Columns / 4, scales, logitsGradient));
            return;
        }
        (_one ??= launcher.Load<Floats, Ints, Floats, Floats, Floats, Options>(Row))(
            launcher.Stream, launcher.PerRow(logits.Rows, logits.Columns), launcher.Floats(logits), launcher.Ints(labels), launcher.Floats(losses),
            launcher.Floats(scales), launcher.Floats(logitsGradient), new Options(logits.Columns, scales, logitsGradient));
    }

    /// <summary>
    /// Each thread keeps its largest logit and Σ exp(logit − largest), scaled anew where a larger one comes (Milakov and Gimelshein 2018); the group
    /// brings these to its own largest.
    /// </summary>
    private static void RowOfQuads(Quads logits, Ints labels, Floats losses, Floats scales, Quads gradient, Options options)
    {
        int row = Grid.IdxX, label = labels[row];
        long start = (long)row * options.Width;
        if (label < 0 || label >= options.Width * 4)
        {
            if (Group.IdxX == 0) losses[row] = 0;
            if (options.HasGradient == 0) return;
            for (int i = Group.IdxX; i < options.Width; i += Group.DimX) gradient[start + i] = new Float4(0, 0, 0, 0);
            return;
        }
        float chosen = Lane(logits[start + (label / 4)], label & 3);
        float largest = float.MinValue, sum = 0;
        for (int i = Group.IdxX; i < options.Width; i += Group.DimX)
        {
            Float4 value = logits[start + i];
            float most = Larger(Larger(value.X, value.Y), Larger(value.Z, value.W));
            if (most > largest)
            {
                sum *= KernelMath.Exp(largest - most);
                largest = most;
            }
            sum += KernelMath.Exp(value.X - largest) + KernelMath.Exp(value.Y - largest) + (KernelMath.Exp(value.Z - largest) + KernelMath.Exp(value.W - largest));
        }
        float top = GroupMath.Max(largest);
        sum = GroupMath.Sum(sum * KernelMath.Exp(largest - top));
        if (Group.IdxX == 0) losses[row] = top - chosen + KernelMath.Log(sum);
        if (options.HasGradient == 0) return;
        float scale = options.HasScales != 0 ? scales[row] : 1, factor = scale / sum;
        for (int i = Group.IdxX; i < options.Width; i += Group.DimX)
        {
            Float4 value = logits[start + i];
            int place = label - (i * 4);
            gradient[start + i] = new Float4(
                Intrinsics.Fma(KernelMath.Exp(value.X - top), factor, place == 0 ? -scale : 0), Intrinsics.Fma(KernelMath.Exp(value.Y - top), factor, place == 1 ? -scale : 0),
                Intrinsics.Fma(KernelMath.Exp(value.Z - top), factor, place == 2 ? -scale : 0), Intrinsics.Fma(KernelMath.Exp(value.W - top), factor, place == 3 ? -scale : 0));
        }
    }

    private static void Row(Floats logits, Ints labels, Floats losses, Floats scales, Floats gradient, Options options)
    {
        int row = Grid.IdxX, label = labels[row];
        long start = (long)row * options.Width;
        if (label < 0 || label >= options.Width)
        {
            if (Group.IdxX == 0) losses[row] = 0;
            if (options.HasGradient == 0) return;
            for (int i = Group.IdxX; i < options.Width; i += Group.DimX) gradient[start + i] = 0;
            return;
        }
        float chosen = logits[start + label], largest = float.MinValue, sum = 0;
        for (int i = Group.IdxX; i < options.Width; i += Group.DimX)
        {
            float value = logits[start + i];
            if (value > largest)
            {
                sum *= KernelMath.Exp(largest - value);
                largest = value;
            }
            sum += KernelMath.Exp(value - largest);
        }
        float top = GroupMath.Max(largest);
        sum = GroupMath.Sum(sum * KernelMath.Exp(largest - top));
        if (Group.IdxX == 0) losses[row] = top - chosen + KernelMath.Log(sum);
        if (options.HasGradient == 0) return;
        float scale = options.HasScales != 0 ? scales[row] : 1, factor = scale / sum;
        for (int i = Group.IdxX; i < options.Width; i += Group.DimX)
            gradient[start + i] = Intrinsics.Fma(KernelMath.Exp(logits[start + i] - top), factor, i == label ? -scale : 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Larger(float a, float b) => a > b ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Lane(Float4 value, int lane) => lane == 0 ? value.X : lane == 1 ? value.Y : lane == 2 ? value.Z : value.W;

    /// <summary>Columns in the unit of the kernel, and which operands there are.</summary>
    internal readonly struct Options(int width, Tensor? scales, Tensor? gradient)
    {
        public readonly int Width = width, HasScales = scales is null ? 0 : 1, HasGradient = gradient is null ? 0 : 1;
    }
}
