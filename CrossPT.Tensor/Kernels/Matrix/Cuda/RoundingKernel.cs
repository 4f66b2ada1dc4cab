using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>Activations, and rows of weights, to bf16 for the tensor cores.</summary>
internal static class RoundingKernel
{
    /// <summary>
    /// y [rows, groups, 8·octets] = x [rows, groups · width] rounded, each group filled up with zeros; elements whose
    /// bit of the mask is clear are 0 where there is one. Split, y is [rows, groups, 2, 8·octets], the second part what
    /// rounding left of x, rounded. A thread makes eight elements at a time.
    /// </summary>
    public static void Round(RoundingCall call)
    {
        int words = call.Groups * call.Octets;
        for (int row = GridStride.FirstRow; row < call.Rows; row += GridStride.RowStep)
        {
            for (int word = GridStride.FirstColumn; word < words; word += GridStride.ColumnStep)
                Octet(call, row, word);
        }
    }

    private static void Octet(RoundingCall call, int row, int word)
    {
        int group = call.Groups == 1 ? 0 : word / call.Octets, octet = word - (group * call.Octets), column = 8 * octet;
        long at = ((long)row * call.Stride) + ((long)group * call.Width) + column;
        Operand line = new(call.X, at, 1, call.Width - column, 0, call.Vectors);
        Float4 low = line.Load(0, 0), high = line.Load(0, 4);
        if (call.Mask.Length > 0)
        {
            int bits = call.Mask[((long)row * call.MaskStride) + octet];
            low = low.Where(bits);
            high = high.Where(bits >> 4);
        }
        long target = ((((long)row * call.Groups) + group) * call.Octets * (call.IsSplit + 1)) + octet;
        Int4 rounded = Round(low, high);
        call.Y[target] = rounded;
        if (call.IsSplit == 0) return;
        low -= BFloat16.Widen(rounded.X, rounded.Y);
        high -= BFloat16.Widen(rounded.Z, rounded.W);
        call.Y[target + call.Octets] = Round(low, high);
    }

    private static Int4 Round(Float4 low, Float4 high)
        => new(
            Intrinsics.RoundPair(low.Y, low.X), Intrinsics.RoundPair(low.W, low.Z),
            Intrinsics.RoundPair(high.Y, high.X), Intrinsics.RoundPair(high.W, high.Z));
}

/// <summary>Arguments of <see cref="RoundingKernel"/>.</summary>
internal struct RoundingCall
{
    public ArrayView<float> X;
    public ArrayView<Int4> Y;
    public ArrayView<byte> Mask;
    public int Rows;
    public int Groups;
    public int Width;
    public int Octets;
    public int Stride;
    public int MaskStride;

    /// <summary>1 where what rounding leaves is wanted too.</summary>
    public int IsSplit;

    /// <summary>1 where eight elements begin on a 16-byte boundary.</summary>
    public int Vectors;
}
