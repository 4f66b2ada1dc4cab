namespace CrossPT.Tensors.Ilgpu;

internal sealed class IlgpuAttention(IlgpuBackend backend, Launcher launcher) : IAttentionKernels
{
    private readonly (IlgpuBackend, Launcher) _parts = (backend, launcher);

    private NotSupportedException Missing => new($"{_parts.Item1.Name}: attention is not there yet");

    public void Forward(in AttentionLayout layout, Tensor query, Tensor key, Tensor value, PositionBias? bias, Tensor output, Tensor logSumExp) => throw Missing;

    public void Backward(
        in AttentionLayout layout, Tensor query, Tensor key, Tensor value, PositionBias? bias, Tensor logSumExp, Tensor outputGradient,
        Tensor? queryGradient, Tensor? keyGradient, Tensor? valueGradient, bool accumulate, Tensor? biasGradient) => throw Missing;
}
