using System.Runtime.InteropServices;

namespace CrossPT.Tensors.Files.Tests;

/// <summary>Memory without kernels; on request one that hides its memory from the host, like a device.</summary>
internal sealed unsafe class MemoryBackend(DType computeType = DType.Float32, bool isHostMemory = true) : IBackend
{
    public string Name => "memory";

    public DType ComputeType => computeType;

    public bool IsHostMemory => isHostMemory;

    public IElementwiseKernels Elementwise => throw new NotSupportedException();

    public IMatrixKernels Matrix => throw new NotSupportedException();

    public IReductionKernels Reduction => throw new NotSupportedException();

    public INormKernels Norm => throw new NotSupportedException();

    public IAttentionKernels Attention => throw new NotSupportedException();

    public IIndexKernels Index => throw new NotSupportedException();

    public ILossKernels Loss => throw new NotSupportedException();

    public IOptimizerKernels Optimizer => throw new NotSupportedException();

    public Storage AllocateStorage(long byteLength)
        => new(
            this, (nint)NativeMemory.AlignedAlloc((nuint)byteLength, 64), byteLength,
            static storage => NativeMemory.AlignedFree((void*)storage.Address));

    public void CopyFromHost(ReadOnlySpan<byte> source, Tensor destination) => source.CopyTo(Bytes(destination));

    public void CopyToHost(Tensor source, Span<byte> destination) => Bytes(source).CopyTo(destination);

    public void Synchronize()
    {
    }

    public void Dispose()
    {
    }

    private static Span<byte> Bytes(Tensor tensor)
    {
        Assert.True(tensor.IsContiguous || tensor.Rows == 1);
        return new Span<byte>((void*)tensor.Address, checked((int)tensor.Length * tensor.DType.ByteSize()));
    }
}
