using ILGPU;
using Floats = ILGPU.ArrayView<float>;
using Ints = ILGPU.ArrayView<int>;

namespace CrossPT.Tensors.Cuda;

/// <content>The scatter, in the order of the rows and without atomics.</content>
internal sealed partial class CudaIndex
{
    /// <summary>Thread groups, at most: a device has them at work together, and each reads all indices.</summary>
    private const int MaxBuckets = 1024;

    /// <summary>
    /// A group has every so many rows of the table, and adds to them whatever rows of x have their indices, in order. It looks at the indices a thread each,
    /// so that R rows cost every group R / <c>Group.DimX</c> looks, and all groups together no more than 1024 · R.
    /// </summary>
    private static void ScatterBucket(Floats x, Ints indices, Floats table, Grid2 grid, int tableRows, int vectors)
    {
        ArrayView<int> marks = SharedMemory.Allocate<int>(Launcher.MaxGroupSize / 4);
        for (int start = 0; start < grid.Rows; start += Group.DimX)
        {
            int place = start + Group.IdxX, index = place < grid.Rows ? indices[place] : -1;
            bool here = index >= 0 && index < tableRows && index % Grid.DimX == Grid.IdxX;
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
                    if ((rest & 1) != 0) AddRow(x, table, grid, row, indices[row], vectors);
                    row++;
                }
            }
        }
    }

    private static void AddRow(Floats x, Floats table, Grid2 grid, int row, int index, int vectors)
    {
        Line from = new(x, row * grid.StrideX, grid.Columns, vectors), to = new(table, index * grid.StrideY, grid.Columns, vectors);
        for (long column = 4 * Group.IdxX; column < grid.Columns; column += 4 * Group.DimX) to.Store(column, to.Load(column) + from.Load(column));
    }
}
