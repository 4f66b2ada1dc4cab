using System.Runtime.CompilerServices;
using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// What the threads of a group find out together, for groups of one dimension. Every thread gets the result; all must
/// call. The order of the sums depends on the sizes of group and warp alone.
/// </summary>
internal static class GroupMath
{
    /// <summary>How many whole warps so many threads are. Shifted, for ILGPU would divide.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Warps(int threads) =>
        threads >> (31 - IntrinsicMath.BitOperations.LeadingZeroCount(Warp.WarpSize));

    /// <summary>Σ over the group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(float value)
    {
        for (int mask = Warp.WarpSize >> 1; mask > 0; mask >>= 1) value += Warp.ShuffleXor(value, mask);
        if (Group.DimX <= Warp.WarpSize) return value;
        ArrayView<float> parts = SharedMemory.Allocate<float>(Launcher.MaxGroupSize / 4);
        if (Warp.LaneIdx == 0) parts[Warps(Group.IdxX)] = value;
        Group.Barrier();
        float total = 0;
        for (int i = 0; i < Warps(Group.DimX); i++) total += parts[i];
        // Nobody may write the parts of the next call while another still reads these.
        Group.Barrier();
        return total;
    }

    /// <summary>The largest over the group; NaN may be passed over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(float value)
    {
        for (int mask = Warp.WarpSize >> 1; mask > 0; mask >>= 1)
            value = IntrinsicMath.Max(value, Warp.ShuffleXor(value, mask));
        if (Group.DimX <= Warp.WarpSize) return value;
        ArrayView<float> parts = SharedMemory.Allocate<float>(Launcher.MaxGroupSize / 4);
        if (Warp.LaneIdx == 0) parts[Warps(Group.IdxX)] = value;
        Group.Barrier();
        float largest = parts[0];
        for (int i = 1; i < Warps(Group.DimX); i++) largest = IntrinsicMath.Max(largest, parts[i]);
        Group.Barrier();
        return largest;
    }

    /// <summary>The smallest over the group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Min(int value)
    {
        for (int mask = Warp.WarpSize >> 1; mask > 0; mask >>= 1)
            value = IntrinsicMath.Min(value, Warp.ShuffleXor(value, mask));
        if (Group.DimX <= Warp.WarpSize) return value;
        ArrayView<int> parts = SharedMemory.Allocate<int>(Launcher.MaxGroupSize / 4);
        if (Warp.LaneIdx == 0) parts[Warps(Group.IdxX)] = value;
        Group.Barrier();
        int least = parts[0];
        for (int i = 1; i < Warps(Group.DimX); i++) least = IntrinsicMath.Min(least, parts[i]);
        Group.Barrier();
        return least;
    }
}
