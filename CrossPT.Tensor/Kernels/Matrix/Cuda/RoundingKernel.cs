using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>Activations, and rows of weights, to bf16 for the tensor cores.</summary>
internal static class RoundingKernel
{
    /// <summary>
    /// y [rows, groups, 8·octets] = x [rows, groups · width] rounded, each group filled up with zeros; elements whose bit of <paramref name="mask"/> is clear are 0
    /// where there is one. A thread makes eight elements at a time.
    /// </summary>
    public static void Round(ArrayView<float> x, ArrayView<Int4> y, ArrayView<byte> mask, RoundingShape shape)
    {
        int words = shape.Groups * shape.Octets;
        for (int row = (Grid.IdxY * Group.DimY) + Group.IdxY; row < shape.Rows; row += Grid.DimY * Group.DimY)
        {
            for (int word = (Grid.IdxX * Group.DimX) + Group.IdxX; word < words; word += Grid.DimX * Group.DimX)
                y[((long)row * words) + word] = Octet(x, mask, shape, row, word);
        }
    }

    private static Int4 Octet(ArrayView<float> x, ArrayView<byte> mask, RoundingShape shape, int row, int word)
    {
        int group = shape.Groups == 1 ? 0 : word / shape.Octets, octet = word - (group * shape.Octets), column = 8 * octet;
        long at = ((long)row * shape.Stride) + ((long)group * shape.Width) + column;
        Operand line = new(x, at, 1, shape.Width - column, 0, shape.Vectors);
        Float4 low = line.Load(0, 0), high = line.Load(0, 4);
        if (mask.Length > 0)
        {
            int bits = mask[((long)row * shape.MaskStride) + octet];
            low = low.Where(bits);
            high = high.Where(bits >> 4);
        }
        return new Int4(
            Intrinsics.RoundPair(low.Y, low.X), Intrinsics.RoundPair(low.W, low.Z), Intrinsics.RoundPair(high.Y, high.X), Intrinsics.RoundPair(high.W, high.Z));
    }
}

/// <summary>Sizes of <see cref="RoundingKernel"/>.</summary>
internal struct RoundingShape
{
    public int Rows;
    public int Groups;
    public int Width;
    public int Octets;
    public int Stride;
    public int MaskStride;

    /// <summary>1 where eight elements begin on a 16-byte boundary.</summary>
    public int Vectors;
}
