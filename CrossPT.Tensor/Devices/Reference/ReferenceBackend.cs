using System.Runtime.InteropServices;

namespace CrossPT.Tensors.Reference;

/// <summary>
/// The living definition of every kernel: plain loops in float64, written to be read beside the interface and to judge
/// other back ends by.
/// </summary>
public sealed class ReferenceBackend : IBackend
{
    /// <summary>A back end of its own memory.</summary>
    public ReferenceBackend()
    {
        Elementwise = new ReferenceElementwise();
        Matrix = new ReferenceMatrix();
        Reduction = new ReferenceReduction();
        Norm = new ReferenceNorm();
        Attention = new ReferenceAttention();
        Index = new ReferenceIndex();
        Loss = new ReferenceLoss();
        Optimizer = new ReferenceOptimizer();
    }

    /// <inheritdoc/>
    public string Name => "reference";

    /// <inheritdoc/>
    public DType ComputeType => DType.Float64;

    /// <inheritdoc/>
    public bool IsHostMemory => true;

    /// <inheritdoc/>
    public IElementwiseKernels Elementwise { get; }

    /// <inheritdoc/>
    public IMatrixKernels Matrix { get; }

    /// <inheritdoc/>
    public IReductionKernels Reduction { get; }

    /// <inheritdoc/>
    public INormKernels Norm { get; }

    /// <inheritdoc/>
    public IAttentionKernels Attention { get; }

    /// <inheritdoc/>
    public IIndexKernels Index { get; }

    /// <inheritdoc/>
    public ILossKernels Loss { get; }

    /// <inheritdoc/>
    public IOptimizerKernels Optimizer { get; }

    /// <inheritdoc/>
    /// <remarks>The bytes are those of NaN, so that a kernel which reads what nobody wrote shows.</remarks>
    public unsafe Storage AllocateStorage(long byteLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(byteLength);
        void* address;
        try
        {
            address = NativeMemory.AlignedAlloc((nuint)byteLength, 64);
        }
        catch (OutOfMemoryException exception)
        {
            throw new OutOfMemoryException($"AllocateStorage: no block of {byteLength} bytes on {Name}.", exception);
        }
        NativeMemory.Fill(address, (nuint)byteLength, 0xFF);
        return new Storage(
            this, (nint)address, byteLength, static storage => NativeMemory.AlignedFree((void*)storage.Address));
    }

    /// <inheritdoc/>
    public unsafe void CopyFromHost(ReadOnlySpan<byte> source, Tensor destination)
    {
        KernelChecks.CopyFromHost(source.Length, destination);
        source.CopyTo(new Span<byte>((void*)destination.Address, source.Length));
    }

    /// <inheritdoc/>
    public unsafe void CopyToHost(Tensor source, Span<byte> destination)
    {
        KernelChecks.CopyToHost(source, destination.Length);
        new ReadOnlySpan<byte>((void*)source.Address, destination.Length).CopyTo(destination);
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
        // Kernels finish before they return.
    }

    /// <summary>Holds nothing of its own: memory belongs to the tensors.</summary>
    public void Dispose()
    {
    }
}
