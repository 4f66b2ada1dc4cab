using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// One product as its kernels see it: C = initial + op(A)·op(B), group by group. Fields go from the widest to the
/// narrowest.
/// </summary>
internal struct ProductCall
{
    /// <summary>First operand; group g begins g · <see cref="AGroup"/> elements on.</summary>
    public ArrayView<float> A;

    /// <summary>Second operand.</summary>
    public ArrayView<float> B;

    /// <summary>Result.</summary>
    public ArrayView<float> C;

    /// <summary>Where the sum is split, [groups · splits, rows, PartialStride] of partial sums; else empty.</summary>
    public ArrayView<float> Partials;

    /// <summary>Where the sum is split, how many of a block's thread groups have stored theirs; else empty.</summary>
    public ArrayView<int> Arrived;

    /// <summary>The matrix added to the product; may be the result itself; empty for none.</summary>
    public ArrayView<float> Initial;

    /// <summary>
    /// Bits of A's elements that count, layout of <see cref="IElementwiseKernels.Relu"/>; empty where all do.
    /// </summary>
    public ArrayView<byte> Mask;

    /// <summary>Receives a bit for each positive element of the result; may be empty.</summary>
    public ArrayView<byte> Positive;

    /// <summary>Bits of the elements of the result that are kept, the others become 0; empty where all are.</summary>
    public ArrayView<byte> Wanted;

    /// <summary>The result in bf16, four elements a word; may be empty.</summary>
    public ArrayView<long> Rounded;

    /// <summary>Elements from a group of B to the next.</summary>
    public long BGroup;

    public int AGroup;
    public int CGroup;
    public int AStride;
    public int BStride;
    public int CStride;
    public int PartialStride;
    public int InitialStride;
    public int MaskStride;
    public int PositiveStride;
    public int WantedStride;

    /// <summary>Rows and columns of the result of a group, and steps of its sums.</summary>
    public int Rows;
    public int Columns;
    public int Inner;

    /// <summary>
    /// Parts the inner index is split into (split-K), each summed by a thread group of its own, and steps of a part.
    /// </summary>
    public int Splits;
    public int SplitLength;

    /// <summary>Blocks of the result, down and across.</summary>
    public int Down;
    public int Across;

    /// <summary>1 where rows begin on 16-byte boundaries.</summary>
    public int AVectors;
    public int BVectors;
    public int CVectors;
    public int InitialVectors;

    /// <summary>1 where negative results become 0.</summary>
    public int Relu;

    /// <summary>
    /// Block row of thread group <paramref name="index"/>: groups go down stripes of eight blocks, so that neighbours
    /// read what the cache holds.
    /// </summary>
    public readonly int BlockRow(int index) => Stripe(index) + (InStripe(index) % Height(index));

    /// <summary>Block column of thread group <paramref name="index"/>.</summary>
    public readonly int BlockColumn(int index) => InStripe(index) / Height(index);

    private readonly int Stripe(int index) => index / (8 * Across) * 8;

    private readonly int InStripe(int index) => index - (Stripe(index) * Across);

    private readonly int Height(int index) => Math.Min(Down - Stripe(index), 8);
}
