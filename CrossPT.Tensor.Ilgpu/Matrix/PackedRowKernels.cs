using ILGPU;

namespace CrossPT.Tensors.Ilgpu;

/// <summary>Rows of frozen weights to and from tensors. A thread group takes a row.</summary>
internal static class PackedRowKernels
{
    /// <summary>target[firstTarget + i] = source[firstSource + i] for rows i of the grid.</summary>
    public static void Copy(ArrayView<float> source, long firstSource, int sourceStride, ArrayView<float> target, long firstTarget, int targetStride, int columns)
    {
        long from = (firstSource + Grid.IdxX) * sourceStride, to = (firstTarget + Grid.IdxX) * targetStride;
        for (int c = Group.IdxX; c < columns; c += Group.DimX) target[to + c] = source[from + c];
    }

    /// <summary>y[i] = row ids[i] of the weight.</summary>
    public static void Gather(ArrayView<float> weight, int stride, ArrayView<int> ids, ArrayView<float> y, int yStride, int columns)
    {
        long from = (long)ids[Grid.IdxX] * stride, to = (long)Grid.IdxX * yStride;
        for (int c = Group.IdxX; c < columns; c += Group.DimX) y[to + c] = weight[from + c];
    }

    /// <summary>Like <see cref="Copy"/>, rounding to bf16, to the nearest and halves to even; columns up to the stride become 0.</summary>
    public static void Round(ArrayView<float> source, int sourceStride, ArrayView<ushort> target, long firstTarget, int targetStride, int columns)
    {
        long from = (long)Grid.IdxX * sourceStride, to = (firstTarget + Grid.IdxX) * targetStride;
        for (int c = Group.IdxX; c < targetStride; c += Group.DimX) target[to + c] = c < columns ? BFloat16.Round(source[from + c]) : (ushort)0;
    }

    /// <summary>Like <see cref="Copy"/> from bf16.</summary>
    public static void Widen(ArrayView<ushort> source, long firstSource, int sourceStride, ArrayView<float> target, int targetStride, int columns)
    {
        long from = (firstSource + Grid.IdxX) * sourceStride, to = (long)Grid.IdxX * targetStride;
        for (int c = Group.IdxX; c < columns; c += Group.DimX) target[to + c] = BFloat16.Widen(source[from + c]);
    }

    /// <summary>Like <see cref="Gather"/> from bf16.</summary>
    public static void GatherWidened(ArrayView<ushort> weight, int stride, ArrayView<int> ids, ArrayView<float> y, int yStride, int columns)
    {
        long from = (long)ids[Grid.IdxX] * stride, to = (long)Grid.IdxX * yStride;
        for (int c = Group.IdxX; c < columns; c += Group.DimX) y[to + c] = BFloat16.Widen(weight[from + c]);
    }
}
