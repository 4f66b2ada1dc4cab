using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <content>The backward pass.</content>
internal sealed partial class CudaAttention
{
    private const int ReduceThreads = 16;

    private readonly Kernel<AttentionCall> _deltas = new(
        launcher, AttentionBackwardKernels.Deltas, s_fourGroups);
    private readonly Kernel<AttentionCall> _queryGradient =
        new(launcher, AttentionBackwardKernels.Gradient<QueryKind>, s_fourGroups);
    private readonly Kernel<AttentionCall> _keyGradient =
        new(launcher, AttentionBackwardKernels.Gradient<KeyKind>, s_fourGroups);
    private readonly Kernel<AttentionCall> _valueGradient =
        new(launcher, AttentionBackwardKernels.Gradient<ValueKind>, s_fourGroups);
    private readonly Kernel<AttentionCall> _biasLines = new(launcher, BiasGradientKernels.Lines, s_fourGroups);
    private readonly Kernel<BiasReduceArgs> _biasReduce = new(launcher, BiasGradientKernels.Reduce);

    public void Backward(
        in AttentionLayout layout, Tensor query, Tensor key, Tensor value, PositionBias? bias, Tensor logSumExp,
        Tensor outputGradient,
        Tensor? queryGradient, Tensor? keyGradient, Tensor? valueGradient, bool accumulate, Tensor? biasGradient,
        Tensor? output = null)
    {
        KernelChecks.AttentionBackward(
            layout, query, key, value, bias, logSumExp, outputGradient, queryGradient, keyGradient, valueGradient,
            accumulate, biasGradient, output);
        AttentionCall call = Call(layout, query, key, value, bias, logSumExp);
        call.OutputGradient = launcher.Floats(outputGradient);
        call.OutputGradientStride = outputGradient.RowStride;
        call.OutputGradientVectors = HasVectors(outputGradient, layout.HeadWidth);

        if (output is not null
            && FitsTensorCores(
                layout, query, key, value, output, outputGradient, queryGradient, keyGradient, valueGradient))
        {
            BackwardByTensorCores(
                call, layout, output, queryGradient, keyGradient, valueGradient, accumulate, biasGradient);
            return;
        }
        if (valueGradient is not null)
            Launch(_valueGradient, call, layout, layout.Keys, valueGradient, accumulate);
        if (queryGradient is null && keyGradient is null && biasGradient is null) return;

        Storage deltas = AllocateDelta(ref call, layout);
        AttentionCall delta = call with { Result = call.Delta, Delta = ArrayView<float>.Empty };
        Launch(_deltas, delta, layout, layout.Queries, wholeWidth: false);
        if (queryGradient is not null)
            Launch(_queryGradient, call, layout, layout.Queries, queryGradient, accumulate);
        if (keyGradient is not null)
            Launch(_keyGradient, call, layout, layout.Keys, keyGradient, accumulate);
        if (biasGradient is not null && query.Rows > 0) AddBiasGradient(call, layout, biasGradient);
        deltas.Release();
    }

    private void BackwardByTensorCores(
        AttentionCall call, in AttentionLayout layout, Tensor output, Tensor? queryGradient, Tensor? keyGradient,
        Tensor? valueGradient, bool accumulate, Tensor? biasGradient)
    {
        Storage deltas = AllocateDelta(ref call, layout);
        _tensorCores.Deltas(call, output);
        call.Accumulate = accumulate ? 1 : 0;
        AttentionCall ofQueries = call;
        KeyValueArgs ofKeys = new(call, launcher.Floats(valueGradient), valueGradient?.RowStride ?? 0);
        ofKeys.Call.Result = launcher.Floats(keyGradient);
        ofKeys.Call.ResultStride = keyGradient?.RowStride ?? 0;
        if (queryGradient is not null) SetResult(ref ofQueries, queryGradient, layout.HeadWidth, accumulate);
        // After all views: a copy is given up where another view of its elements is taken.
        SetRounded(ref ofQueries, ref ofKeys, queryGradient, keyGradient, valueGradient);
        if (queryGradient is not null) _tensorCores.QueryGradient(ofQueries, layout);
        if (keyGradient is not null || valueGradient is not null)
            _tensorCores.KeyAndValueGradients(ofKeys, layout);
        if (biasGradient is not null && output.Rows > 0) AddBiasGradient(call, layout, biasGradient);
        deltas.Release();
    }

    /// <summary>
    /// Where the gradients go in bf16: those of one product together, or that of the queries alone.
    /// </summary>
    private void SetRounded(
        ref AttentionCall ofQueries, ref KeyValueArgs ofKeys, Tensor? queryGradient, Tensor? keyGradient,
        Tensor? valueGradient)
    {
        if (queryGradient is null) return;
        ArrayView<int> all = launcher.RoundedTogether(queryGradient, keyGradient, valueGradient).Cast<int>();
        if (all.Length == 0)
        {
            ofQueries.Rounded = launcher.Rounded(queryGradient).Cast<int>();
            return;
        }
        int width = queryGradient.Columns;
        ofQueries.Rounded = all;
        ofKeys.Call.Rounded = all.SubView(width / 2);
        ofKeys.ValueRounded = all.SubView(width);
    }

    /// <summary>Memory of the call's own for Delta [Rq, N].</summary>
    private Storage AllocateDelta(ref AttentionCall call, in AttentionLayout layout)
    {
        long count = Math.Max(1, layout.Queries.Rows) * (long)layout.Heads;
        Storage deltas = launcher.Memory.Allocate(count * sizeof(float));
        call.Delta = launcher.At<float>(deltas.Address, count);
        return deltas;
    }

    private void Launch(
        Kernel<AttentionCall> kernel, AttentionCall call, in AttentionLayout layout, SequenceOffsets own, Tensor result,
        bool accumulate)
    {
        SetResult(ref call, result, layout.HeadWidth, accumulate);
        Launch(kernel, call, layout, own, wholeWidth: true);
    }

    private void AddBiasGradient(AttentionCall call, in AttentionLayout layout, Tensor biasGradient)
    {
        int blocks = (layout.Queries.Longest + Edge - 1) / Edge;
        int length = ((layout.Keys.Longest + Edge - 1) / Edge * Edge) + (2 * Edge);
        long elements = (long)layout.Queries.Count * blocks * layout.Heads * length;
        Storage storage = launcher.Memory.Allocate(elements * sizeof(float));
        AttentionCall lines = call;
        lines.Result = launcher.At<float>(storage.Address, elements);
        lines.ResultStride = length;
        Launch(_biasLines, lines, layout, layout.Queries, wholeWidth: false);

        call.Result = launcher.Floats(biasGradient);
        call.Blocks = blocks;
        KernelConfig grid = new(new Index2D(biasGradient.Rows, layout.Heads), new Index2D(ReduceThreads, 1));
        _biasReduce.Launch(grid, new(call, lines.Result, length, Edge, layout.Queries.Count * blocks));
        storage.Release();
    }
}
