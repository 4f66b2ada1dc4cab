using ILGPU;
using ILGPU.Runtime;
using Floats = ILGPU.ArrayView<float>;

namespace CrossPT.Tensors.Ilgpu;

/// <summary>
/// y[c] = keep · y[c] + scale · Σ over rows of a term, in two launches: slabs of rows at once, each sum in the order of its rows, and then the slabs in
/// theirs. The number of slabs depends on the sizes alone.
/// </summary>
internal sealed class ColumnSums<TTerm>(Launcher launcher)
    where TTerm : struct, IColumnTerm
{
    private const int MaxSlabs = 64;
    private const int LeastRows = 16;

    private Action<AcceleratorStream, KernelConfig, Floats, Floats, Floats, Floats, Sizes>? _slabs;
    private Action<AcceleratorStream, KernelConfig, Floats, Floats, int, int, Weights>? _total;

    /// <summary>a and b [rows, columns] end to end, perRow [rows]; the term says which it reads, the others may be a itself.</summary>
    public void Run(Tensor a, Tensor b, Tensor perRow, Tensor y, float constant, float scale, float keep)
    {
        int rows = a.Rows, columns = a.Columns;
        if (columns == 0) return;
        int slabs = Math.Clamp(rows / LeastRows, 1, MaxSlabs), perSlab = (rows + slabs - 1) / slabs;
        Storage scratch = launcher.Memory.Allocate((long)slabs * columns * sizeof(float));
        Floats partial = launcher.At<float>(scratch.Address, (long)slabs * columns);
        KernelConfig config = new(new Index2D((columns + launcher.GroupSize - 1) / launcher.GroupSize, slabs), new Index2D(launcher.GroupSize, 1));
        (_slabs ??= launcher.Load<Floats, Floats, Floats, Floats, Sizes>(SumSlab))(
            launcher.Stream, config, launcher.Floats(a), launcher.Floats(b), launcher.Floats(perRow), partial, new Sizes(rows, columns, perSlab, constant));
        (_total ??= launcher.Load<Floats, Floats, int, int, Weights>(SumSlabs))(
            launcher.Stream, launcher.Over(1, columns), partial, launcher.Floats(y), slabs, columns, new Weights(scale, keep));
        scratch.Release();
    }

    private static void SumSlab(Floats a, Floats b, Floats perRow, Floats partial, Sizes sizes)
    {
        int column = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (column >= sizes.Columns) return;
        int first = Grid.IdxY * sizes.PerSlab, last = IntrinsicMath.Min(sizes.Rows, first + sizes.PerSlab);
        float sum = 0;
        for (int row = first; row < last; row++)
        {
            long index = ((long)row * sizes.Columns) + column;
            sum += TTerm.Of(a[index], b[index], perRow[row], sizes.Constant);
        }
        partial[((long)Grid.IdxY * sizes.Columns) + column] = sum;
    }

    private static void SumSlabs(Floats partial, Floats y, int slabs, int columns, Weights weights)
    {
        for (int column = Tile.FirstColumn; column < columns; column += Tile.ColumnStep)
        {
            float sum = 0;
            for (int slab = 0; slab < slabs; slab++) sum += partial[((long)slab * columns) + column];
            // What y held may be anything where it is not kept.
            y[column] = weights.Keep != 0 ? Intrinsics.Fma(weights.Keep, y[column], weights.Scale * sum) : weights.Scale * sum;
        }
    }

    internal readonly struct Sizes(int rows, int columns, int perSlab, float constant)
    {
        public readonly int Rows = rows, Columns = columns, PerSlab = perSlab;
        public readonly float Constant = constant;
    }

    internal readonly struct Weights(float scale, float keep)
    {
        public readonly float Scale = scale, Keep = keep;
    }
}
