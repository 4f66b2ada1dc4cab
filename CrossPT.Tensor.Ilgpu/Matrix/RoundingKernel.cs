using ILGPU;

namespace CrossPT.Tensors.Ilgpu;

/// <summary>Activations, and rows of weights, to bf16 for the tensor cores.</summary>
internal static class RoundingKernel
{
    /// <summary>
    /// y [rows, groups, 8·octets] = x [rows, groups · width] rounded, each group filled up with zeros; elements whose bit of <paramref name="mask"/> is clear are 0
    /// where there is one. A thread makes eight elements.
    /// </summary>
    public static void Round(ArrayView<float> x, ArrayView<Int4> y, ArrayView<byte> mask, RoundingShape shape)
    {
        long index = (Grid.IdxX * (long)Group.DimX) + Group.IdxX;
        if (index >= shape.Count) return;
        int octet = (int)(index % shape.Octets), group = (int)(index / shape.Octets % shape.Groups), column = 8 * octet;
        long row = index / shape.Octets / shape.Groups, at = (row * shape.Stride) + ((long)group * shape.Width) + column;
        Operand line = new(x, at, 1, shape.Width - column, 0, shape.Vectors);
        Float4 low = line.Load(0, 0), high = line.Load(0, 4);
        if (mask.Length > 0)
        {
            int bits = mask[(row * shape.MaskStride) + octet];
            low = low.Where(bits);
            high = high.Where(bits >> 4);
        }
        y[index] = new Int4(
            Intrinsics.RoundPair(low.Y, low.X), Intrinsics.RoundPair(low.W, low.Z), Intrinsics.RoundPair(high.Y, high.X), Intrinsics.RoundPair(high.W, high.Z));
    }
}

/// <summary>Sizes of <see cref="RoundingKernel"/>.</summary>
internal struct RoundingShape
{
    /// <summary>Threads that have something to do.</summary>
    public long Count;
    public int Groups;
    public int Width;
    public int Octets;
    public int Stride;
    public int MaskStride;

    /// <summary>1 where eight elements begin on a 16-byte boundary.</summary>
    public int Vectors;
}
