using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// y[c] = keep · y[c] + scale · Σ over rows of a term, in two launches: slabs of rows at once, each sum in the order of
/// its rows, and then the slabs in theirs. The number of slabs depends on the sizes alone.
/// </summary>
internal sealed class CudaColumnSums<TTerm>(Launcher launcher)
    where TTerm : struct, IColumnTerm
{
    private const int MaxSlabs = 64;
    private const int LeastRows = 16;

    // Small groups, since a thread has four columns: a model's width still makes several.
    private const int Threads = 64;

    private readonly Kernel<SlabArgs> _slabs = new(launcher, SumSlab);
    private readonly Kernel<TotalArgs> _total = new(launcher, SumSlabs);

    /// <summary>
    /// a and b [rows, columns] end to end, perRow [rows]; the term says which it reads, the others may be a itself.
    /// </summary>
    public void Run(Tensor a, Tensor b, Tensor perRow, Tensor y, float constant, float scale, float keep)
    {
        int rows = a.Rows, columns = a.Columns;
        if (columns == 0) return;
        int slabs = Math.Clamp(rows / LeastRows, 1, MaxSlabs), perSlab = (rows + slabs - 1) / slabs;
        Storage scratch = launcher.Memory.Allocate((long)slabs * columns * sizeof(float));
        MatrixView partial = new(launcher.At<float>(scratch.Address, (long)slabs * columns), columns);
        int partialVectors = slabs == 1 || columns % 4 == 0 ? 1 : 0;

        int threads = Math.Min(Threads, launcher.GroupSize), groups = (((columns + 3) / 4) + threads - 1) / threads;
        SlabArgs slab = new(
            launcher.Matrix(a), launcher.Matrix(b), partial, launcher.Floats(perRow), Extent.OfRows(a, b),
            new Extent(slabs, columns, partialVectors), perSlab, constant);
        _slabs.Launch(new KernelConfig(new Index2D(groups, slabs), new Index2D(threads, 1)), slab);

        Extent sums = new(slabs, columns, partialVectors & Launcher.FlatVectors(y));
        _total.Launch(launcher.Over(1, (columns + 3) / 4), new(partial, launcher.Matrix(y), sums, scale, keep));
        scratch.Release();
    }

    private static void SumSlab(SlabArgs args)
    {
        int column = 4 * ((Grid.IdxX * Group.DimX) + Group.IdxX);
        if (column >= args.Extent.Columns) return;
        int first = Grid.IdxY * args.PerSlab, last = IntrinsicMath.Min(args.Extent.Rows, first + args.PerSlab);
        Float4 sum = default;
        for (int row = first; row < last; row++)
        {
            Float4 p = args.A.Row(row, args.Extent).Load(column), q = args.B.Row(row, args.Extent).Load(column);
            float r = args.PerRow[row];
            sum += new Float4(
                TTerm.Of(p.X, q.X, r, args.Constant), TTerm.Of(p.Y, q.Y, r, args.Constant),
                TTerm.Of(p.Z, q.Z, r, args.Constant), TTerm.Of(p.W, q.W, r, args.Constant));
        }
        args.Partial.Row(Grid.IdxY, args.Sums).Store(column, sum);
    }

    private static void SumSlabs(TotalArgs args)
    {
        Line total = args.Y.Row(0, args.Sums);
        for (int column = 4 * GridStride.FirstColumn; column < args.Sums.Columns; column += 4 * GridStride.ColumnStep)
        {
            Float4 sum = default;
            for (int slab = 0; slab < args.Sums.Rows; slab++) sum += args.Partial.Row(slab, args.Sums).Load(column);
            sum *= args.Scale;
            // What y held may be anything where it is not kept.
            total.Store(column, args.Keep != 0 ? Float4.Fma(args.Keep, total.Load(column), sum) : sum);
        }
    }
}

internal readonly record struct SlabArgs(
    MatrixView A, MatrixView B, MatrixView Partial, ArrayView<float> PerRow, Extent Extent, Extent Sums, int PerSlab,
    float Constant);

/// <param name="Partial">A row of sums for each slab.</param>
/// <param name="Y">The result.</param>
/// <param name="Sums">Of the partial sums.</param>
/// <param name="Scale">What sums are multiplied by.</param>
/// <param name="Keep">What the result so far is multiplied by; 0 where it is not read.</param>
internal readonly record struct TotalArgs(MatrixView Partial, MatrixView Y, Extent Sums, float Scale, float Keep);

/// <summary>
/// The summand of a sum over the rows of a matrix, from an element of one or two matrices and the row number.
/// </summary>
internal interface IColumnTerm
{
    static abstract float Of(float a, float b, float row, float constant);
}

/// <summary>a: the sum of rows.</summary>
internal readonly struct PlainTerm : IColumnTerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Of(float a, float b, float row, float constant) => a;
}

/// <summary>dy · x · r: the gradient of a norm's weight.</summary>
internal readonly struct NormTerm : IColumnTerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Of(float a, float b, float row, float constant) => a * b * row;
}

/// <summary>g² + epsilon: Adafactor's column moment.</summary>
internal readonly struct SquareTerm : IColumnTerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Of(float a, float b, float row, float constant) => Intrinsics.Fma(a, a, constant);
}
