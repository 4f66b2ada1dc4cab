using ILGPU;
using Floats = ILGPU.ArrayView<float>;
using Ints = ILGPU.ArrayView<int>;

namespace CrossPT.Tensors.Ilgpu;

/// <content>The scatter, in the order of the rows and without atomics.</content>
internal sealed partial class IlgpuIndex
{
    /// <summary>
    /// The group of the first row with an index adds all rows with that index, in their order; the groups of the others find that they are not the
    /// first and end. The searches read R² / 2 indices in all, from the cache.
    /// </summary>
    private static void ScatterRow(Floats x, Ints indices, Floats table, Grid2 grid, int tableRows)
    {
        int row = Grid.IdxX, index = indices[row];
        if (index < 0 || index >= tableRows) return;
        int earlier = 0;
        for (int i = Group.IdxX; i < row; i += Group.DimX) earlier |= indices[i] == index ? 1 : 0;
        if (GroupMath.Min(-earlier) != 0) return;

        ArrayView<int> found = SharedMemory.Allocate<int>(Launcher.MaxGroupSize);
        long target = index * grid.StrideY;
        for (int start = row; start < grid.Rows; start += Group.DimX)
        {
            int place = start + Group.IdxX;
            int here = place < grid.Rows && indices[IntrinsicMath.Min(place, grid.Rows - 1)] == index ? 1 : 0;
            found[Group.IdxX] = here;
            if (Group.BarrierOr(here != 0))
            {
                int count = IntrinsicMath.Min(Group.DimX, grid.Rows - start);
                for (int i = 0; i < count; i++)
                {
                    if (found[i] == 0) continue;
                    long source = (start + i) * grid.StrideX;
                    for (long column = Group.IdxX; column < grid.Columns; column += Group.DimX) table[target + column] += x[source + column];
                }
            }
            Group.Barrier();
        }
    }
}
