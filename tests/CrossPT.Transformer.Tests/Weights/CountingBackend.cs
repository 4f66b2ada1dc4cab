using CrossPT.Tensors;

namespace CrossPT.Transformer.Tests.Weights;

/// <summary>Counts the memory that loading a model asks for; packed weights lie outside what the CPU back end itself counts.</summary>
internal sealed class CountingBackend(IBackend inner) : IBackend, IMatrixKernels
{
    private long _bytes;

    public long Bytes
    {
        get => Interlocked.Read(ref _bytes);
        set => Interlocked.Exchange(ref _bytes, value);
    }

    public string Name => inner.Name;

    public DType ComputeType => inner.ComputeType;

    public bool IsHostMemory => inner.IsHostMemory;

    public IElementwiseKernels Elementwise => inner.Elementwise;

    public IMatrixKernels Matrix => this;

    public IReductionKernels Reduction => inner.Reduction;

    public INormKernels Norm => inner.Norm;

    public IAttentionKernels Attention => inner.Attention;

    public IIndexKernels Index => inner.Index;

    public ILossKernels Loss => inner.Loss;

    public IOptimizerKernels Optimizer => inner.Optimizer;

    public Storage AllocateStorage(long byteLength)
    {
        Interlocked.Add(ref _bytes, byteLength);
        return inner.AllocateStorage(byteLength);
    }

    public IPackedMatrix CreatePacked(int groups, int outputs, int inputs)
    {
        IPackedMatrix packed = inner.Matrix.CreatePacked(groups, outputs, inputs);
        Interlocked.Add(ref _bytes, packed.ByteLength);
        return packed;
    }

    public void Pack(ReadOnlySpan<byte> rows, DType type, int firstRow, IPackedMatrix destination) => inner.Matrix.Pack(rows, type, firstRow, destination);

    public void CopyFromHost(ReadOnlySpan<byte> source, Tensor destination) => inner.CopyFromHost(source, destination);

    public void CopyToHost(Tensor source, Span<byte> destination) => inner.CopyToHost(source, destination);

    public void Synchronize() => inner.Synchronize();

    public void Dispose()
    {
    }

    // Loading computes nothing.
    public void Pack(Tensor rows, int firstRow, IPackedMatrix destination) => throw new NotSupportedException();

    public IPackedMatrix Stack(IPackedMatrix weight) => throw new NotSupportedException();

    public void Unpack(IPackedMatrix weight, int firstRow, Tensor y) => throw new NotSupportedException();

    public void Linear(Tensor x, IPackedMatrix weight, Tensor y, Tensor? residual = null, bool relu = false, Tensor? positive = null) => throw new NotSupportedException();

    public void LinearTransposed(Tensor dy, IPackedMatrix weight, Tensor dx, bool accumulate = false, Tensor? positive = null) => throw new NotSupportedException();

    public void Product(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate = false) => throw new NotSupportedException();

    public void Gather(IPackedMatrix weight, Tensor ids, Tensor y) => throw new NotSupportedException();
}
