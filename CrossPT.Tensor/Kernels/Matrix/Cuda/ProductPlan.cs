using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// How a product is cut: blocks of the result, and the inner index split where the blocks alone would leave most of a
/// device idle. It depends on the sizes alone, not on the device, and with it the order of every sum.
/// </summary>
internal readonly record struct ProductPlan(int Down, int Across, int Splits, int SplitLength)
{
    /// <summary>Thread groups that are worth a launch on a device of a hundred multiprocessors.</summary>
    public const int Enough = 128;

    private const int MaxSplits = 16;

    /// <summary>
    /// A plan; splits of fewer steps than <paramref name="shortestSplit"/> would cost more in adding up than they gain.
    /// </summary>
    public static ProductPlan Of(int rows, int columns, int inner, int groups, int edge, int shortestSplit)
    {
        int down = (rows + edge - 1) / edge, across = (columns + edge - 1) / edge;
        long blocks = (long)down * across * groups;
        if (blocks >= Enough || inner < 2 * shortestSplit) return new ProductPlan(down, across, 1, Math.Max(1, inner));
        int splits = (int)Math.Min(Math.Min(MaxSplits, inner / shortestSplit), (2 * Enough) / blocks);
        // Whole k-tiles of every kernel.
        int length = ((inner + splits - 1) / splits + 31) / 32 * 32;
        return new ProductPlan(down, across, (inner + length - 1) / length, length);
    }

    /// <summary>Whether 128 × 128 blocks are enough to fill a device.</summary>
    public static bool IsLarge(int rows, int columns, int groups)
        => (long)((rows + 127) / 128) * ((columns + 127) / 128) * groups >= 96;

    /// <summary>Writes the cut into a call.</summary>
    public void Into(ref ProductCall call)
    {
        call.Down = Down;
        call.Across = Across;
        call.Splits = Splits;
        call.SplitLength = SplitLength;
    }

    public KernelConfig Grid(int groups, int threads, int dynamicSharedBytes = 0)
    {
        Index3D grid = new(Down * Across, 1, groups * Splits), group = new(threads, 1, 1);
        return dynamicSharedBytes == 0
            ? new KernelConfig(grid, group)
            : new KernelConfig(grid, group, SharedMemoryConfig.RequestDynamic<byte>(dynamicSharedBytes));
    }
}
