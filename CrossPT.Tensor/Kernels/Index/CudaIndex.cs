using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>Rows by index. An index outside the table counts as negative: the host does not see it.</summary>
internal sealed class CudaIndex(Launcher launcher) : IIndexKernels
{
    /// <summary>Groups of a scatter, at most: a device has them at work together, and each reads all indices.</summary>
    private const int MaxBuckets = 1024;

    private readonly Kernel<RowsArgs> _gather = new(launcher, GatherRows);
    private readonly Kernel<RowsArgs> _scatter = new(launcher, ScatterBucket);
    private readonly Kernel<PickArgs> _pick = new(launcher, PickElements);

    public void GatherRows(Tensor table, Tensor indices, Tensor y)
    {
        KernelChecks.GatherRows(table, indices, y);
        if (y.Length == 0) return;
        Extent extent = Extent.OfRows(y, table);
        RowsArgs args = new(
            launcher.Matrix(table), launcher.Matrix(y), launcher.Ints(indices), launcher.Rounded(y), extent,
            table.Rows, Accumulate: 1);
        _gather.Launch(launcher.Over(extent), args);
    }

    public void ScatterAddRows(Tensor x, Tensor indices, Tensor table, bool accumulate = true)
    {
        KernelChecks.ScatterAddRows(x, indices, table);
        if (table.Length == 0 || (x.Length == 0 && accumulate)) return;
        RowsArgs args = new(
            launcher.Matrix(x), launcher.Matrix(table), launcher.Ints(indices), launcher.Rounded(table),
            Extent.OfRows(x, table), table.Rows, accumulate ? 1 : 0);
        _scatter.Launch(new KernelConfig(Math.Min(table.Rows, MaxBuckets), launcher.GroupSize), args);
    }

    public void Pick(Tensor x, Tensor indices, Tensor y)
    {
        KernelChecks.Pick(x, indices, y);
        if (x.Rows == 0) return;
        PickArgs args = new(launcher.Floats(x), launcher.Floats(y), launcher.Ints(indices), x.Rows, x.Columns);
        _pick.Launch(launcher.Over(1, x.Rows), args);
    }

    private static void GatherRows(RowsArgs args)
    {
        for (int row = GridStride.FirstRow; row < args.Extent.Rows; row += GridStride.RowStep)
        {
            int index = args.Indices[row];
            bool isLeft = index < 0 || index >= args.TableRows;
            if (isLeft && args.Rounded.Length == 0) continue;
            Line from = args.From.Row(isLeft ? 0 : index, args.Extent), to = args.To.Row(row, args.Extent);
            for (long column = GridStride.FirstWord; column < args.Extent.Columns; column += GridStride.WordStep)
            {
                Float4 value = isLeft ? to.Load(column) : from.Load(column);
                if (!isLeft) to.Store(column, value);
                BFloat16.Store(args.Rounded, (row * args.Extent.Columns) + column, value);
            }
        }
    }

    /// <summary>
    /// A group has every so many rows of the table, and adds to them whatever rows of x have their indices: in order,
    /// and without atomics. Its threads look at an index each, so that R rows cost every group R / <c>Group.DimX</c>
    /// looks, and all groups together no more than <see cref="MaxBuckets"/> · R.
    /// </summary>
    private static void ScatterBucket(RowsArgs args)
    {
        for (int row = Grid.IdxX; args.Accumulate == 0 && row < args.TableRows; row += Grid.DimX)
        {
            Line line = args.To.Row(row, args.Extent);
            for (long column = 4 * Group.IdxX; column < args.Extent.Columns; column += 4 * Group.DimX)
                line.Store(column, default);
        }
        ArrayView<int> marks = SharedMemory.Allocate<int>(Launcher.MaxGroupSize / 4);
        for (int start = 0; start < args.Extent.Rows; start += Group.DimX)
        {
            int place = start + Group.IdxX, index = place < args.Extent.Rows ? args.Indices[place] : -1;
            bool here = index >= 0 && index < args.TableRows && index % Grid.DimX == Grid.IdxX;
            // Nobody writes the marks of these rows while another still reads those of the rows before.
            if (!Group.BarrierOr(here)) continue;
            int mark = here ? 1 << Warp.LaneIdx : 0;
            for (int mask = Warp.WarpSize >> 1; mask > 0; mask >>= 1) mark |= Warp.ShuffleXor(mark, mask);
            if (Warp.LaneIdx == 0) marks[GroupMath.Warps(Group.IdxX)] = mark;
            Group.Barrier();
            for (int warp = 0; warp < GroupMath.Warps(Group.DimX); warp++)
            {
                int row = start + (warp * Warp.WarpSize);
                for (uint rest = (uint)marks[warp]; rest != 0; rest >>= 1)
                {
                    if ((rest & 1) != 0) AddRow(args, row);
                    row++;
                }
            }
        }
        if (args.Rounded.Length > 0) RoundRows(args);
    }

    /// <summary>A thread rounds the columns it has added to, also in rows that nothing was added to.</summary>
    private static void RoundRows(RowsArgs args)
    {
        for (int row = Grid.IdxX; row < args.TableRows; row += Grid.DimX)
        {
            Line line = args.To.Row(row, args.Extent);
            for (long column = 4 * Group.IdxX; column < args.Extent.Columns; column += 4 * Group.DimX)
                BFloat16.Store(args.Rounded, (row * args.Extent.Columns) + column, line.Load(column));
        }
    }

    private static void AddRow(RowsArgs args, int row)
    {
        Line from = args.From.Row(row, args.Extent), to = args.To.Row(args.Indices[row], args.Extent);
        for (long column = 4 * Group.IdxX; column < args.Extent.Columns; column += 4 * Group.DimX)
            to.Store(column, to.Load(column) + from.Load(column));
    }

    private static void PickElements(PickArgs args)
    {
        for (int row = GridStride.FirstColumn; row < args.Rows; row += GridStride.ColumnStep)
        {
            int index = args.Indices[row];
            args.Y[row] = index < 0 || index >= args.Columns ? 0 : args.X[((long)row * args.Columns) + index];
        }
    }

    /// <param name="From">Of a gather the table, of a scatter what is added to it.</param>
    /// <param name="To">The other one.</param>
    /// <param name="Indices">The row of the table for each row of the other.</param>
    /// <param name="Rounded">The result in bf16; may be empty.</param>
    /// <param name="Extent">Of the other.</param>
    /// <param name="TableRows">Rows of the table.</param>
    /// <param name="Accumulate">Of a scatter, 0 where the table counts as zeros.</param>
    internal readonly record struct RowsArgs(
        MatrixView From, MatrixView To, ArrayView<int> Indices, ArrayView<long> Rounded, Extent Extent,
        int TableRows, int Accumulate);

    internal readonly record struct PickArgs(
        ArrayView<float> X, ArrayView<float> Y, ArrayView<int> Indices, int Rows, int Columns);
}
