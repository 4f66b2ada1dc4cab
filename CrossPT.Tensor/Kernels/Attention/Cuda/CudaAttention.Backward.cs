using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <content>The backward pass.</content>
internal sealed partial class CudaAttention
{
    private const int ReduceThreads = 16;

    private Action<AcceleratorStream, KernelConfig, AttentionCall>? _deltas;
    private Action<AcceleratorStream, KernelConfig, AttentionCall>? _queryGradient;
    private Action<AcceleratorStream, KernelConfig, AttentionCall>? _keyGradient;
    private Action<AcceleratorStream, KernelConfig, AttentionCall>? _valueGradient;
    private Action<AcceleratorStream, KernelConfig, AttentionCall>? _biasLines;
    private Action<AcceleratorStream, KernelConfig, AttentionCall, ArrayView<float>, int, int, int>? _biasReduce;

    public void Backward(
        in AttentionLayout layout, Tensor query, Tensor key, Tensor value, PositionBias? bias, Tensor logSumExp, Tensor outputGradient,
        Tensor? queryGradient, Tensor? keyGradient, Tensor? valueGradient, bool accumulate, Tensor? biasGradient)
    {
        KernelChecks.AttentionBackward(
            layout, query, key, value, bias, logSumExp, outputGradient, queryGradient, keyGradient, valueGradient, accumulate, biasGradient);
        AttentionCall call = Call(layout, query, key, value, bias, logSumExp);
        call.OutputGradient = launcher.Floats(outputGradient);
        call.OutputGradientStride = outputGradient.RowStride;
        call.OutputGradientVectors = HasVectors(outputGradient, layout.HeadWidth);

        if (valueGradient is not null) Launch(_valueGradient ??= Load(AttentionBackwardKernels.Gradient<Tile8, ValueKind>, AttentionBackwardKernels.Gradient<Tile64, ValueKind>), call, layout, layout.Keys, valueGradient, accumulate);
        if (queryGradient is null && keyGradient is null && biasGradient is null) return;

        long rows = Math.Max(1, query.Rows), count = rows * layout.Heads;
        Storage deltas = launcher.Memory.Allocate(count * sizeof(float));
        AttentionCall delta = call;
        delta.Result = launcher.At<float>(deltas.Address, count);
        Launch(_deltas ??= Load(AttentionBackwardKernels.Deltas<Tile8>, AttentionBackwardKernels.Deltas<Tile64>), delta, layout, layout.Queries, wholeWidth: false);
        call.Delta = launcher.At<float>(deltas.Address, count);
        if (queryGradient is not null) Launch(_queryGradient ??= Load(AttentionBackwardKernels.Gradient<Tile8, QueryKind>, AttentionBackwardKernels.Gradient<Tile64, QueryKind>), call, layout, layout.Queries, queryGradient, accumulate);
        if (keyGradient is not null) Launch(_keyGradient ??= Load(AttentionBackwardKernels.Gradient<Tile8, KeyKind>, AttentionBackwardKernels.Gradient<Tile64, KeyKind>), call, layout, layout.Keys, keyGradient, accumulate);
        if (biasGradient is not null && query.Rows > 0) AddBiasGradient(call, layout, biasGradient);
        deltas.Release();
    }

    private void Launch(
        Action<AcceleratorStream, KernelConfig, AttentionCall> kernel, AttentionCall call, in AttentionLayout layout, SequenceOffsets own, Tensor result, bool accumulate)
    {
        SetResult(ref call, result, layout.HeadWidth, accumulate);
        Launch(kernel, call, layout, own, wholeWidth: true);
    }

    private void AddBiasGradient(AttentionCall call, in AttentionLayout layout, Tensor biasGradient)
    {
        int blocks = (layout.Queries.Longest + Edge - 1) / Edge, length = ((layout.Keys.Longest + Edge - 1) / Edge * Edge) + (2 * Edge);
        long elements = (long)layout.Queries.Count * blocks * layout.Heads * length;
        Storage storage = launcher.Memory.Allocate(elements * sizeof(float));
        AttentionCall lines = call;
        lines.Result = launcher.At<float>(storage.Address, elements);
        lines.ResultStride = length;
        Launch(_biasLines ??= Load(BiasGradientKernels.Lines<Tile8>, BiasGradientKernels.Lines<Tile64>), lines, layout, layout.Queries, wholeWidth: false);

        call.Result = launcher.Floats(biasGradient);
        call.Blocks = blocks;
        (_biasReduce ??= launcher.Load<AttentionCall, ArrayView<float>, int, int, int>(BiasGradientKernels.Reduce))(
            launcher.Stream, new KernelConfig(new Index2D(biasGradient.Rows, layout.Heads), new Index2D(ReduceThreads, 1)), call, lines.Result, length, Edge,
            layout.Queries.Count * blocks);
        storage.Release();
    }

    private Action<AcceleratorStream, KernelConfig, AttentionCall> Load(Action<AttentionCall> simulated, Action<AttentionCall> real)
        => _isSimulated ? launcher.Load(simulated) : launcher.Load(real, s_fiveGroups);
}
