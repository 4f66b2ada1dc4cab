using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>Launches <see cref="TensorCoreAttentionKernels"/>.</summary>
internal sealed class TensorCoreAttention(Launcher launcher)
{
    /// <summary>A warp owns 16 rows; a group has at most four.</summary>
    private const int RowsPerWarp = 16, MostWarps = 4;

    private const int DeltaThreads = 256, ThreadsPerDelta = 16;

    /// <summary>Registers for as many groups on a multiprocessor as there are without spilling.</summary>
    private static readonly KernelSpecialization s_threeGroups = new(32 * MostWarps, 3);
    private static readonly KernelSpecialization s_twoGroups = new(32 * MostWarps, 2);

    private readonly Kernels _narrow = Kernels.Of<OnePiece>(launcher), _wide = Kernels.Of<ManyPieces>(launcher);
    private readonly Kernel<DeltaArgs> _deltas = new(launcher, TensorCoreAttentionKernels.Deltas);

    /// <summary>Kernels that take long to compile, in the order of a step.</summary>
    public static IEnumerable<KernelMethod> LargeKernels =>
    [
        KernelMethod.Of<AttentionCall>(TensorCoreAttentionKernels.Forward<OnePiece>, s_threeGroups),
        KernelMethod.Of<AttentionCall>(TensorCoreAttentionKernels.Forward<ManyPieces>, s_threeGroups),
        KernelMethod.Of<AttentionCall>(TensorCoreAttentionKernels.QueryGradient<ManyPieces>, s_threeGroups),
        KernelMethod.Of<KeyValueArgs>(TensorCoreAttentionKernels.KeyAndValueGradients<ManyPieces>, s_twoGroups),
        KernelMethod.Of<AttentionCall>(TensorCoreAttentionKernels.QueryGradient<OnePiece>, s_threeGroups),
        KernelMethod.Of<KeyValueArgs>(TensorCoreAttentionKernels.KeyAndValueGradients<OnePiece>, s_twoGroups),
    ];

    /// <summary>Output, the call's result, and log Σ exp.</summary>
    public void Forward(AttentionCall call, in AttentionLayout layout)
        => Of(layout).Forward.Launch(Grid(ref call, layout, layout.Queries), call);

    /// <summary>The call's delta, from the output of the forward pass and its gradient.</summary>
    public void Deltas(AttentionCall call, Tensor output)
    {
        long threads = (long)output.Rows * call.Heads * ThreadsPerDelta;
        if (threads == 0) return;
        KernelConfig grid = new(checked((int)((threads + DeltaThreads - 1) / DeltaThreads)), DeltaThreads);
        _deltas.Launch(grid, new(call, launcher.Floats(output), output.RowStride, output.Rows));
    }

    /// <summary>The gradient of the queries, the call's result.</summary>
    public void QueryGradient(AttentionCall call, in AttentionLayout layout)
    {
        if (layout.Queries.Rows > 0) Of(layout).QueryGradient.Launch(Grid(ref call, layout, layout.Queries), call);
    }

    /// <summary>The gradients of the keys, the call's result, and of the values; one of them may be missing.</summary>
    public void KeyAndValueGradients(KeyValueArgs args, in AttentionLayout layout)
    {
        if (layout.Keys.Rows == 0) return;
        KernelConfig grid = Grid(ref args.Call, layout, layout.Keys);
        Of(layout).KeyAndValueGradients.Launch(grid, args);
    }

    private Kernels Of(in AttentionLayout layout)
        => layout.HeadWidth <= TensorCoreAttentionKernels.Columns ? _narrow : _wide;

    /// <summary>
    /// As many warps a group as the longest sequence fills, one, two or four. What a row's sums are does not depend on
    /// it.
    /// </summary>
    private static KernelConfig Grid(ref AttentionCall call, in AttentionLayout layout, SequenceOffsets own)
    {
        int warps = own.Longest <= RowsPerWarp ? 1 : own.Longest <= 2 * RowsPerWarp ? 2 : MostWarps;
        int rows = warps * RowsPerWarp;
        call.Blocks = (own.Longest + rows - 1) / rows;
        int pieces = (layout.HeadWidth + TensorCoreAttentionKernels.Columns - 1) / TensorCoreAttentionKernels.Columns;
        Index3D grid = new(checked(own.Count * call.Blocks), layout.Heads, pieces);
        return new KernelConfig(
            grid, new Index3D(32 * warps, 1, 1),
            SharedMemoryConfig.RequestDynamic<byte>(TensorCoreAttentionKernels.SharedBytes));
    }

    /// <summary>The kernels for heads of one width.</summary>
    private sealed record Kernels(
        Kernel<AttentionCall> Forward, Kernel<AttentionCall> QueryGradient, Kernel<KeyValueArgs> KeyAndValueGradients)
    {
        public static Kernels Of<TWidth>(Launcher launcher)
            where TWidth : struct, IHeadWidth
            => new(
                new(launcher, TensorCoreAttentionKernels.Forward<TWidth>, s_threeGroups),
                new(launcher, TensorCoreAttentionKernels.QueryGradient<TWidth>, s_threeGroups),
                new(launcher, TensorCoreAttentionKernels.KeyAndValueGradients<TWidth>, s_twoGroups));
    }
}
