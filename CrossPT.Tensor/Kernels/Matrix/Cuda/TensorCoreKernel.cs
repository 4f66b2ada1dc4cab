using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Operands of <see cref="TensorCoreKernel"/>: bf16 in global memory, rows and groups on 16-byte boundaries, filled up
/// with zeros.
/// </summary>
internal struct TensorOperands
{
    /// <summary>Address of the activations, [rows, groups, AGroup].</summary>
    public long A;

    /// <summary>Address of the weight, [groups · outputs, BStride].</summary>
    public long B;

    /// <summary>Elements from a group of the weight to the next.</summary>
    public long BGroup;
    public int AGroup;
    public int AStride;

    /// <summary>Elements of a group's row; where operands are split, as many more follow that rounding left.</summary>
    public int AWidth;
    public int BStride;

    /// <inheritdoc cref="AWidth"/>
    public int BWidth;

    /// <summary>Rows of a group of the weight: its outputs.</summary>
    public int BRows;
}

/// <summary>A product and its operands, whose views in <see cref="ProductCall"/> are empty.</summary>
internal readonly record struct TensorCoreArgs(ProductCall Call, TensorOperands Operands);

/// <summary>What the tensor cores multiply for a product of two k-tiles: known to the compiler.</summary>
internal interface ITerms
{
    static abstract int Count { get; }
}

/// <summary>Operands rounded to bf16.</summary>
internal readonly struct Rounded : ITerms
{
    public static int Count => 1;
}

/// <summary>
/// Operands x ≈ hi + lo with hi = bf16(x) and lo = bf16(x − hi), multiplied as hi·hi + hi·lo + lo·hi. bf16 has 8 bits:
/// |lo| ≤ 2⁻⁸·|x| and |x − hi − lo| ≤ 2⁻¹⁷·|x|, so that a product lacks at most 2⁻¹⁶ for lo·lo and 2 · 2⁻¹⁷ for the
/// rest.
/// </summary>
internal readonly struct Split : ITerms
{
    public static int Count => 3;
}

/// <summary>
/// C = initial + A·W of bf16 with float32 sums, by tensor cores: 128 × 128 of the result a thread group of 4 warps, 64
/// × 64 a warp.
/// </summary>
/// <remarks>
/// <para>
/// K-tiles of 32 steps come into shared memory by asynchronous copies, three of them in turn: while one is multiplied,
/// the next two are on their way. A k-tile of A is [128, 32]; so is one of W where its rows are the columns of the
/// product (X·Wᵀ), and it is [32, 128] where they are the steps of the sum (dY·W), which the transposing load of
/// matrices makes up for.
/// </para>
/// <para>
/// A 16-byte word of a k-tile's row lies where an exclusive or with the row puts it: the eight rows of a matrix that
/// are loaded together then come from different banks. Three k-tiles of both operands are 48 KiB, what every device
/// gives without being asked.
/// </para>
/// <para>
/// What bounds such a kernel is how often shared memory is read: a k-tile of 64 × 64 a warp loads 16 times for 64
/// products, one of 64 × 32 would load 12 times for 32.
/// </para>
/// </remarks>
internal static class TensorCoreKernel
{
    /// <summary>Rows and columns of a block.</summary>
    public const int Edge = 128;

    public const int Threads = 128;

    /// <summary>Bytes of dynamic shared memory.</summary>
    public const int SharedBytes = 3 * KTileBytes;

    private const int Depth = 32, OperandBytes = Edge * Depth * 2, KTileBytes = 2 * OperandBytes;

    /// <summary>
    /// Elements from a row of the result's block to the next in shared memory; eight more than it has, against bank
    /// conflicts.
    /// </summary>
    private const int ResultStride = Edge + 8;

    /// <summary>
    /// <typeparamref name="TW"/>: <see cref="InnerLines"/> for X·Wᵀ, <see cref="OuterLines"/> for dY·W. Grid: blocks ×
    /// 1 × groups · splits.
    /// </summary>
    public static void Multiply<TW, TTerms>(TensorCoreArgs args)
        where TW : struct, IOrder
        where TTerms : struct, ITerms
    {
        ProductCall call = args.Call;
        TensorOperands operands = args.Operands;
        ArrayView<Float4> results = SharedMemory.GetDynamic<Float4>();
        int shared = Intrinsics.SharedBase(), thread = Group.IdxX, lane = thread & 31, warp = thread >> 5;
        int group = Grid.IdxZ / call.Splits, split = Grid.IdxZ % call.Splits, block = Grid.IdxX;
        int row = call.BlockRow(block) * Edge, column = call.BlockColumn(block) * Edge;
        int inner = split * call.SplitLength;
        int steps = Math.Min(call.Inner, inner + call.SplitLength) - inner;
        int products = (steps + Depth - 1) / Depth * TTerms.Count;

        KTileCopy<TW, TTerms> copy = new(call, operands, group, row, column, inner, thread);
        copy.Begin(shared, 0);
        Intrinsics.CommitCopies();
        if (products > 1) copy.Begin(shared + KTileBytes, 1);
        Intrinsics.CommitCopies();

        // Where this lane's rows of the matrices lie: of A for both halves of a k-tile; of W for both halves, or for
        // pairs of fragments in turn.
        int warpRow = (warp & 1) * 64, warpColumn = (warp >> 1) * 64, aRow = warpRow + (lane & 15);
        int a0 = (aRow * 64) + (((lane >> 4) ^ ((aRow >> 1) & 3)) << 4), a1 = a0 ^ 32;
        int matrixRow = lane & 7, first = (lane >> 3) & 1, second = lane >> 4;
        int wRow = TW.InnerIsContiguous ? warpColumn + (second * 8) + matrixRow : (first * 8) + matrixRow;
        int wWord = TW.InnerIsContiguous ? first ^ ((wRow >> 1) & 3) : ((warpColumn >> 3) + second) ^ (wRow & 7);
        int w0 = OperandBytes + (wRow * (TW.InnerIsContiguous ? 64 : 256)) + (wWord << 4);
        int w1 = w0 ^ 32;
        int w2 = w0 ^ 64;
        int w3 = w0 ^ 96;

        TensorTile sum = default;
        int stage = 0, ahead = 2 * KTileBytes;
        for (int product = 0; product < products; product++)
        {
            Intrinsics.AwaitCopies();
            Group.Barrier();
            // What was multiplied in the turn before makes room: every warp has passed the barrier after it.
            if (product + 2 < products) copy.Begin(shared + ahead, product + 2);
            Intrinsics.CommitCopies();
            int at = shared + stage;
            if (TW.InnerIsContiguous)
            {
                Step<TW>(ref sum, at + a0, at + w0, at + w0 + 1024, at + w0 + 2048, at + w0 + 3072);
                Step<TW>(ref sum, at + a1, at + w1, at + w1 + 1024, at + w1 + 2048, at + w1 + 3072);
            }
            else
            {
                Step<TW>(ref sum, at + a0, at + w0, at + w1, at + w2, at + w3);
                Step<TW>(ref sum, at + a1, at + w0 + 4096, at + w1 + 4096, at + w2 + 4096, at + w3 + 4096);
            }
            ahead = stage;
            stage = stage == 2 * KTileBytes ? 0 : stage + KTileBytes;
        }
        Intrinsics.AwaitAllCopies();
        for (int half = 0; half < 2; half++)
        {
            Group.Barrier();
            if ((warp & 1) == half) sum.Stage(results.Cast<Float2>(), ResultStride, warpColumn);
            Group.Barrier();
            Epilogue.Store(call, results, ResultStride / 4, Edge / 2, Edge / 4, row + (64 * half), column);
        }
        Epilogue.Combine(call, results, Edge, row, column);
    }

    /// <summary>16 steps of the sum: four matrices of rows of A, four pairs of fragments of W.</summary>
    private static void Step<TW>(ref TensorTile sum, int a, int w01, int w23, int w45, int w67)
        where TW : struct, IOrder
    {
        Int4 a0 = Intrinsics.LoadMatrices(a);
        Int4 a1 = Intrinsics.LoadMatrices(a + 1024);
        Int4 a2 = Intrinsics.LoadMatrices(a + 2048);
        Int4 a3 = Intrinsics.LoadMatrices(a + 3072);
        sum.Step(a0, a1, a2, a3, Pair<TW>(w01), Pair<TW>(w23), Pair<TW>(w45), Pair<TW>(w67));
    }

    private static Int4 Pair<TW>(int w)
        where TW : struct, IOrder
        => TW.InnerIsContiguous ? Intrinsics.LoadMatrices(w) : Intrinsics.LoadMatricesTransposed(w);
}
