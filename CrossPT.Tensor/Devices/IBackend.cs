namespace CrossPT.Tensors;

/// <summary>
/// A device: its memory and its kernel groups. The seam between what is computed and how.
/// </summary>
/// <remarks>
/// A kernel takes tensors and explicit sizes, writes into outputs its caller owns, allocates no tensor and knows
/// nothing of gradients. Matrices are [rows, columns] of <see cref="ComputeType"/>; a kernel accepts views of some
/// columns (<see cref="Tensor.RowStride"/>) where it says <i>rows</i>. Sizes that do not fit are an
/// <see cref="ArgumentException"/> that names the kernel and both shapes. The same inputs give the same bits, whatever
/// the number of threads.
/// </remarks>
public interface IBackend : IDisposable
{
    /// <summary>Name on the command line: <c>cpu</c>, <c>cuda:0</c>.</summary>
    string Name { get; }

    /// <summary>The type kernels compute in and activations are stored in.</summary>
    DType ComputeType { get; }

    /// <summary>Whether <see cref="Tensor.Address"/> can be read by the host.</summary>
    bool IsHostMemory { get; }

    /// <summary>Element by element.</summary>
    IElementwiseKernels Elementwise { get; }

    /// <summary>Matrix products, with packed weights and without.</summary>
    IMatrixKernels Matrix { get; }

    /// <summary>Sums and softmax over rows.</summary>
    IReductionKernels Reduction { get; }

    /// <summary>RMS norm.</summary>
    INormKernels Norm { get; }

    /// <summary>Attention over sequences laid end to end.</summary>
    IAttentionKernels Attention { get; }

    /// <summary>Rows by index.</summary>
    IIndexKernels Index { get; }

    /// <summary>Losses with their gradients.</summary>
    ILossKernels Loss { get; }

    /// <summary>Optimizer steps.</summary>
    IOptimizerKernels Optimizer { get; }

    /// <summary>
    /// A block of at least <paramref name="byteLength"/> bytes, 64-byte aligned, contents undefined; reused between
    /// steps.
    /// </summary>
    /// <exception cref="OutOfMemoryException">The device has no such block.</exception>
    Storage AllocateStorage(long byteLength);

    /// <summary>Fills a contiguous tensor with the bytes of its elements.</summary>
    void CopyFromHost(ReadOnlySpan<byte> source, Tensor destination);

    /// <summary>Reads the bytes of a contiguous tensor; returns when they are there.</summary>
    void CopyToHost(Tensor source, Span<byte> destination);

    /// <summary>Waits until everything launched so far has finished.</summary>
    void Synchronize();
}
