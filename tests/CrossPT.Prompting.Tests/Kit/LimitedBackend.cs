using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Prompting.Tests.Kit;

/// <summary>The CPU with little memory: what is over <see cref="Limit"/> is refused, as a device refuses it.</summary>
internal sealed class LimitedBackend : IBackend
{
    private readonly CpuBackend _inner = new(1);

    public long Limit { get; set; } = long.MaxValue;

    public long Used { get; private set; }

    public long HighestUsed { get; private set; }

    public string Name => "limited";

    public DType ComputeType => _inner.ComputeType;

    public bool IsHostMemory => true;

    public IElementwiseKernels Elementwise => _inner.Elementwise;

    public IMatrixKernels Matrix => _inner.Matrix;

    public IReductionKernels Reduction => _inner.Reduction;

    public INormKernels Norm => _inner.Norm;

    public IAttentionKernels Attention => _inner.Attention;

    public IIndexKernels Index => _inner.Index;

    public ILossKernels Loss => _inner.Loss;

    public IOptimizerKernels Optimizer => _inner.Optimizer;

    public Storage AllocateStorage(long byteLength)
    {
        if (Used + byteLength > Limit) throw new OutOfMemoryException($"limited: {byteLength} bytes were asked for; {Used} are in use.");
        Used += byteLength;
        HighestUsed = Math.Max(HighestUsed, Used);
        // It lives as long as the storage, whatever scope is open.
        Tensor held = TensorScope.Detach(Tensor.Allocate(_inner, new Shape((int)byteLength), DType.UInt8));
        return new Storage(this, held.Address, byteLength, _ =>
        {
            Used -= byteLength;
            held.Dispose();
        });
    }

    public void CopyFromHost(ReadOnlySpan<byte> source, Tensor destination) => _inner.CopyFromHost(source, destination);

    public void CopyToHost(Tensor source, Span<byte> destination) => _inner.CopyToHost(source, destination);

    public void Synchronize() => _inner.Synchronize();

    public void Dispose() => _inner.Dispose();
}
