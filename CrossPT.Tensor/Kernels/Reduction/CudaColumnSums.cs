using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using Floats = ILGPU.ArrayView<float>;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// y[c] = keep · y[c] + scale · Σ over rows of a term, in two launches: slabs of rows at once, each sum in the order of its rows, and then the slabs in
/// theirs. The number of slabs depends on the sizes alone.
/// </summary>
internal sealed class CudaColumnSums<TTerm>(Launcher launcher)
    where TTerm : struct, IColumnTerm
{
    private const int MaxSlabs = 64;
    private const int LeastRows = 16;

    // Small groups, since a thread has four columns: a model's width still makes several.
    private const int Threads = 64;

    private Action<AcceleratorStream, KernelConfig, Floats, Floats, Floats, Floats, Sizes>? _slabs;
    private Action<AcceleratorStream, KernelConfig, Floats, Floats, int, int, Weights, int>? _total;

    /// <summary>a and b [rows, columns] end to end, perRow [rows]; the term says which it reads, the others may be a itself.</summary>
    public void Run(Tensor a, Tensor b, Tensor perRow, Tensor y, float constant, float scale, float keep)
    {
        int rows = a.Rows, columns = a.Columns;
        if (columns == 0) return;
        int slabs = Math.Clamp(rows / LeastRows, 1, MaxSlabs), perSlab = (rows + slabs - 1) / slabs;
        Storage scratch = launcher.Memory.Allocate((long)slabs * columns * sizeof(float));
        Floats partial = launcher.At<float>(scratch.Address, (long)slabs * columns);
        int words = (columns + 3) / 4, threads = Math.Min(Threads, launcher.GroupSize), whole = slabs == 1 || columns % 4 == 0 ? 1 : 0;
        KernelConfig config = new(new Index2D((words + threads - 1) / threads, slabs), new Index2D(threads, 1));
        (_slabs ??= launcher.Load<Floats, Floats, Floats, Floats, Sizes>(SumSlab))(
            launcher.Stream, config, launcher.Floats(a), launcher.Floats(b), launcher.Floats(perRow), partial,
            new Sizes(rows, columns, perSlab, constant, Launcher.Vectors(a, b), whole));
        (_total ??= launcher.Load<Floats, Floats, int, int, Weights, int>(SumSlabs))(
            launcher.Stream, launcher.Over(1, words), partial, launcher.Floats(y), slabs, columns, new Weights(scale, keep), whole & Launcher.FlatVectors(y));
        scratch.Release();
    }

    private static void SumSlab(Floats a, Floats b, Floats perRow, Floats partial, Sizes sizes)
    {
        int column = 4 * ((Grid.IdxX * Group.DimX) + Group.IdxX);
        if (column >= sizes.Columns) return;
        int first = Grid.IdxY * sizes.PerSlab, last = IntrinsicMath.Min(sizes.Rows, first + sizes.PerSlab);
        Float4 sum = default;
        for (int row = first; row < last; row++)
        {
            long start = (long)row * sizes.Columns;
            Float4 p = new Line(a, start, sizes.Columns, sizes.Vectors).Load(column), q = new Line(b, start, sizes.Columns, sizes.Vectors).Load(column);
            float r = perRow[row];
            sum += new Float4(
                TTerm.Of(p.X, q.X, r, sizes.Constant), TTerm.Of(p.Y, q.Y, r, sizes.Constant), TTerm.Of(p.Z, q.Z, r, sizes.Constant), TTerm.Of(p.W, q.W, r, sizes.Constant));
        }
        new Line(partial, (long)Grid.IdxY * sizes.Columns, sizes.Columns, sizes.WholeSums).Store(column, sum);
    }

    private static void SumSlabs(Floats partial, Floats y, int slabs, int columns, Weights weights, int vectors)
    {
        Line total = new(y, 0, columns, vectors);
        for (int column = 4 * Tile.FirstColumn; column < columns; column += 4 * Tile.ColumnStep)
        {
            Float4 sum = default;
            for (int slab = 0; slab < slabs; slab++) sum += new Line(partial, (long)slab * columns, columns, vectors).Load(column);
            sum *= weights.Scale;
            // What y held may be anything where it is not kept.
            total.Store(column, weights.Keep != 0 ? Float4.Fma(weights.Keep, total.Load(column), sum) : sum);
        }
    }

    internal readonly struct Sizes(int rows, int columns, int perSlab, float constant, int vectors, int wholeSums)
    {
        public readonly int Rows = rows, Columns = columns, PerSlab = perSlab, Vectors = vectors, WholeSums = wholeSums;
        public readonly float Constant = constant;
    }

    internal readonly struct Weights(float scale, float keep)
    {
        public readonly float Scale = scale, Keep = keep;
    }
}

/// <summary>What is summed over the rows of a matrix, from an element of one or two matrices and the row's number.</summary>
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
