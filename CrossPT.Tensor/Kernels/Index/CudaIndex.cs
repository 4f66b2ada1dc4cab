using ILGPU;
using ILGPU.Runtime;
using Floats = ILGPU.ArrayView<float>;
using Ints = ILGPU.ArrayView<int>;
using Quads = ILGPU.ArrayView<CrossPT.Tensors.Cuda.Float4>;

namespace CrossPT.Tensors.Cuda;

/// <summary>Rows by index. An index outside the table counts as negative: the host does not see it.</summary>
internal sealed partial class CudaIndex(Launcher launcher) : IIndexKernels
{
    private Action<AcceleratorStream, KernelConfig, Quads, Ints, Quads, Grid2, int>? _gatherQuads;
    private Action<AcceleratorStream, KernelConfig, Floats, Ints, Floats, Grid2, int>? _gather;
    private Action<AcceleratorStream, KernelConfig, Floats, Ints, Floats, Grid2, int, int>? _scatter;
    private Action<AcceleratorStream, KernelConfig, Floats, Ints, Floats, int, int>? _pick;

    public void GatherRows(Tensor table, Tensor indices, Tensor y)
    {
        KernelChecks.GatherRows(table, indices, y);
        if (y.Length == 0) return;
        if (Launcher.HasQuadRows(table) && Launcher.HasQuadRows(y))
        {
            Grid2 quads = new(y.Rows, y.Columns / 4, table.RowStride / 4, y.RowStride / 4);
            (_gatherQuads ??= launcher.Load<Quads, Ints, Quads, Grid2, int>(GatherQuads))(
                launcher.Stream, launcher.Over(y.Rows, quads.Columns), launcher.Quads(table), launcher.Ints(indices), launcher.Quads(y), quads, table.Rows);
            return;
        }
        Grid2 grid = new(y.Rows, y.Columns, table.RowStride, y.RowStride);
        (_gather ??= launcher.Load<Floats, Ints, Floats, Grid2, int>(GatherOne))(
            launcher.Stream, launcher.Over(y.Rows, y.Columns), launcher.Floats(table), launcher.Ints(indices), launcher.Floats(y), grid, table.Rows);
    }

    public void ScatterAddRows(Tensor x, Tensor indices, Tensor table)
    {
        KernelChecks.ScatterAddRows(x, indices, table);
        if (x.Length == 0 || table.Rows == 0) return;
        Grid2 grid = new(x.Rows, x.Columns, x.RowStride, table.RowStride);
        int buckets = Math.Min(table.Rows, MaxBuckets);
        (_scatter ??= launcher.Load<Floats, Ints, Floats, Grid2, int, int>(ScatterBucket))(
            launcher.Stream, new KernelConfig(buckets, launcher.GroupSize), launcher.Floats(x), launcher.Ints(indices), launcher.Floats(table), grid, table.Rows,
            Launcher.Vectors(x, table));
    }

    public void Pick(Tensor x, Tensor indices, Tensor y)
    {
        KernelChecks.Pick(x, indices, y);
        if (x.Rows == 0) return;
        (_pick ??= launcher.Load<Floats, Ints, Floats, int, int>(PickOne))(
            launcher.Stream, launcher.Over(1, x.Rows), launcher.Floats(x), launcher.Ints(indices), launcher.Floats(y), x.Rows, x.Columns);
    }

    private static void GatherQuads(Quads table, Ints indices, Quads y, Grid2 grid, int tableRows)
    {
        for (int row = Tile.FirstRow; row < grid.Rows; row += Tile.RowStep)
        {
            int index = indices[row];
            if (index < 0 || index >= tableRows) continue;
            for (long column = Tile.FirstColumn; column < grid.Columns; column += Tile.ColumnStep)
                y[(row * grid.StrideY) + column] = table[(index * grid.StrideX) + column];
        }
    }

    private static void GatherOne(Floats table, Ints indices, Floats y, Grid2 grid, int tableRows)
    {
        for (int row = Tile.FirstRow; row < grid.Rows; row += Tile.RowStep)
        {
            int index = indices[row];
            if (index < 0 || index >= tableRows) continue;
            for (long column = Tile.FirstColumn; column < grid.Columns; column += Tile.ColumnStep)
                y[(row * grid.StrideY) + column] = table[(index * grid.StrideX) + column];
        }
    }

    private static void PickOne(Floats x, Ints indices, Floats y, int rows, int columns)
    {
        for (int row = Tile.FirstColumn; row < rows; row += Tile.ColumnStep)
        {
            int index = indices[row];
            y[row] = index < 0 || index >= columns ? 0 : x[((long)row * columns) + index];
        }
    }
}
