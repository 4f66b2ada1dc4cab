using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Attention over sequences laid end to end. Scores live in shared memory, block by block; the backward pass makes them
/// again, once for each gradient that is wanted, so that no two thread groups write to one place.
/// </summary>
internal sealed partial class CudaAttention(CudaBackend backend, Launcher launcher) : IAttentionKernels
{
    /// <summary>With the registers that a fifth group on a multiprocessor would leave, they would be spilled.</summary>
    private static readonly KernelSpecialization s_fourGroups = new(Tile64.Edge, 4);

    /// <summary>
    /// The starts of a batch's sequences on the device: its layers all use the same. The storage's own finalizer gives
    /// the block back when the offsets are collected.
    /// </summary>
    private readonly ConditionalWeakTable<SequenceOffsets, Storage> _starts = [];
    private readonly TensorCoreAttention _tensorCores = new(launcher);
    private readonly Kernel<AttentionCall> _forward = new(
        launcher, AttentionForwardKernel.Forward, s_fourGroups);

    /// <summary>Kernels that take long to compile, in the order of a step.</summary>
    public static IEnumerable<KernelMethod> LargeKernels(MatrixPrecision precision) =>
        precision == MatrixPrecision.BFloat16 ? TensorCoreAttention.LargeKernels : s_portableKernels;

    private static readonly KernelMethod[] s_portableKernels =
    [
        Method(AttentionForwardKernel.Forward),
        Method(AttentionBackwardKernels.Gradient<ValueKind>),
        Method(AttentionBackwardKernels.Deltas),
        Method(AttentionBackwardKernels.Gradient<QueryKind>),
        Method(AttentionBackwardKernels.Gradient<KeyKind>),
    ];

    /// <summary>Tensor cores want Δ = Σ dO·O; without them it is summed from the scores, made once more.</summary>
    public bool BackwardReadsOutput => backend.Precision == MatrixPrecision.BFloat16;

    private static int Edge => Tile64.Edge;

    public void Forward(
        in AttentionLayout layout, Tensor query, Tensor key, Tensor value, PositionBias? bias, Tensor output,
        Tensor logSumExp)
    {
        KernelChecks.AttentionForward(layout, query, key, value, bias, output, logSumExp);
        if (query.Rows == 0) return;
        AttentionCall call = Call(layout, query, key, value, bias, logSumExp);
        SetResult(ref call, output, layout.HeadWidth, accumulate: false);
        if (FitsTensorCores(layout, query, key, value, output))
        {
            call.Rounded = launcher.Rounded(output).Cast<int>();
            _tensorCores.Forward(call, layout);
            return;
        }
        Launch(_forward, call, layout, layout.Queries, wholeWidth: true);
    }

    private AttentionCall Call(
        in AttentionLayout layout, Tensor query, Tensor key, Tensor value, PositionBias? bias, Tensor logSumExp)
        => new()
    {
        Query = launcher.Floats(query),
        Key = launcher.Floats(key),
        Value = launcher.Floats(value),
        OutputGradient = ArrayView<float>.Empty,
        Result = ArrayView<float>.Empty,
        Rounded = ArrayView<int>.Empty,
        LogSumExp = launcher.Floats(logSumExp),
        Delta = ArrayView<float>.Empty,
        Table = launcher.Floats(bias?.Table),
        Buckets = launcher.Ints(bias?.Buckets),
        QueryStarts = Starts(layout.Queries),
        KeyStarts = Starts(layout.Keys),
        Dropout = layout.Dropout is { } mask ? new CudaDropoutKeys(mask, hasRows: false) : default,
        QueryStride = query.RowStride,
        KeyStride = key.RowStride,
        ValueStride = value.RowStride,
        QueryVectors = HasVectors(query, layout.HeadWidth),
        KeyVectors = HasVectors(key, layout.HeadWidth),
        ValueVectors = HasVectors(value, layout.HeadWidth),
        Heads = layout.Heads,
        Width = layout.HeadWidth,
        Reach = bias?.Reach ?? 0,
        Causal = layout.Causal ? 1 : 0,
    };

    private void SetResult(ref AttentionCall call, Tensor result, int width, bool accumulate)
    {
        call.Result = launcher.Floats(result);
        call.ResultStride = result.RowStride;
        call.ResultVectors = HasVectors(result, width);
        call.Accumulate = accumulate ? 1 : 0;
    }

    private static KernelMethod Method(Action<AttentionCall> kernel) => KernelMethod.Of(kernel, s_fourGroups);

    /// <summary>
    /// Launches a kernel whose groups go by the rows of <paramref name="own"/>, and, where it says so, by pieces of the
    /// head's width.
    /// </summary>
    private static void Launch(
        Kernel<AttentionCall> kernel, AttentionCall call, in AttentionLayout layout, SequenceOffsets own,
        bool wholeWidth)
    {
        if (own.Rows == 0) return;
        call.Blocks = (own.Longest + Edge - 1) / Edge;
        int pieces = wholeWidth ? (layout.HeadWidth + Edge - 1) / Edge : 1;
        Index3D grid = new(checked(own.Count * call.Blocks), layout.Heads, pieces);
        kernel.Launch(new KernelConfig(grid, new Index3D(KTiles<Tile64>.Threads, 1, 1)), call);
    }

    /// <summary>
    /// Whether tensor cores are to be used, these tensors' rows begin on 16-byte boundaries and the elements of a
    /// sequence count in 32 bits: others take the kernels of float32.
    /// </summary>
    private bool FitsTensorCores(in AttentionLayout layout, params ReadOnlySpan<Tensor?> tensors)
    {
        if (backend.Precision != MatrixPrecision.BFloat16) return false;
        long longest = Math.Max(layout.Queries.Longest, layout.Keys.Longest);
        foreach (Tensor? tensor in tensors)
        {
            if (tensor is null) continue;
            if (HasVectors(tensor, layout.HeadWidth) == 0 || longest * tensor.RowStride > int.MaxValue) return false;
        }
        return true;
    }

    private ArrayView<int> Starts(SequenceOffsets offsets)
    {
        if (!_starts.TryGetValue(offsets, out Storage? starts))
        {
            starts = launcher.Memory.Allocate(offsets.Starts.Length * sizeof(int));
            backend.Upload(MemoryMarshal.AsBytes(offsets.Starts), starts.Address);
            _starts.Add(offsets, starts);
        }
        return launcher.At<int>(starts.Address, offsets.Starts.Length);
    }

    /// <summary>1 where every head of every row begins on a 16-byte boundary.</summary>
    private static int HasVectors(Tensor tensor, int width)
        => tensor.Address % 16 == 0 && tensor.RowStride % 4 == 0 && width % 4 == 0 ? 1 : 0;
}
