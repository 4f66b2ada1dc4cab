using CrossPT.Tensors;

namespace CrossPT.TestKit;

/// <summary>
/// A back end that does everything as another does, and owns it: what a test wants otherwise, it overrides.
/// </summary>
public abstract class ForwardingBackend(IBackend inner) : IBackend
{
    /// <inheritdoc/>
    public virtual string Name => inner.Name;

    /// <inheritdoc/>
    public DType ComputeType => inner.ComputeType;

    /// <inheritdoc/>
    public bool IsHostMemory => inner.IsHostMemory;

    /// <inheritdoc/>
    public IElementwiseKernels Elementwise => inner.Elementwise;

    /// <inheritdoc/>
    public virtual IMatrixKernels Matrix => inner.Matrix;

    /// <inheritdoc/>
    public IReductionKernels Reduction => inner.Reduction;

    /// <inheritdoc/>
    public INormKernels Norm => inner.Norm;

    /// <inheritdoc/>
    public virtual IAttentionKernels Attention => inner.Attention;

    /// <inheritdoc/>
    public IIndexKernels Index => inner.Index;

    /// <inheritdoc/>
    public ILossKernels Loss => inner.Loss;

    /// <inheritdoc/>
    public IOptimizerKernels Optimizer => inner.Optimizer;

    /// <summary>The other one.</summary>
    protected IBackend Inner => inner;

    /// <inheritdoc/>
    public virtual Storage AllocateStorage(long byteLength) => inner.AllocateStorage(byteLength);

    /// <inheritdoc/>
    public void CopyFromHost(ReadOnlySpan<byte> source, Tensor destination) => inner.CopyFromHost(source, destination);

    /// <inheritdoc/>
    public virtual void CopyToHost(Tensor source, Span<byte> destination) => inner.CopyToHost(source, destination);

    /// <inheritdoc/>
    public void Synchronize() => inner.Synchronize();

    /// <inheritdoc/>
    public void Dispose()
    {
        inner.Dispose();
        GC.SuppressFinalize(this);
    }
}
