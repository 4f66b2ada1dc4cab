using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace CrossPT.Tensors.Cpu;

/// <summary>
/// The CPU: managed SIMD kernels over a pool of threads, float32. The default device and the one others are measured
/// against.
/// </summary>
public sealed unsafe class CpuBackend : IBackend, IMemoryReport
{
    private readonly WorkerPool _pool;
    private readonly CpuMemory _memory;

    /// <summary>A CPU back end with its own threads and memory.</summary>
    /// <param name="threads">Threads, the calling one among them; 0 for all processors the process may use.</param>
    /// <param name="width">Vector width; null for the widest the processor has.</param>
    /// <param name="weights">
    /// What frozen weights are kept as: <see cref="DType.Float32"/>, or <see cref="DType.BFloat16"/> or
    /// <see cref="DType.Float16"/> for half the memory; all arithmetic stays float32.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="threads"/> is negative or over 1024, or <paramref name="weights"/> is none of the three.
    /// </exception>
    public CpuBackend(int threads = 0, SimdWidth? width = null, DType weights = DType.Float32)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, 1024);
        if (weights is not (DType.Float32 or DType.BFloat16 or DType.Float16))
        {
            throw new ArgumentOutOfRangeException(
                nameof(weights), $"CpuBackend: weights of {weights}, expected Float32, BFloat16 or Float16.");
        }

        Weights = weights;
        Width = width ?? WidestSupported;
        _pool = new WorkerPool(threads == 0 ? Environment.ProcessorCount : threads);
        _memory = new CpuMemory(this);
        (Elementwise, Matrix, Reduction, Norm, Attention, Index, Loss, Optimizer) = Width switch
        {
            SimdWidth.Vector512 => Kernels<Simd512, Vector512<float>>(),
            SimdWidth.Vector256 => Kernels<Simd256, Vector256<float>>(),
            SimdWidth.Vector128 => Kernels<Simd128, Vector128<float>>(),
            SimdWidth.Scalar => Kernels<SimdScalar, float>(),
            _ => throw new ArgumentOutOfRangeException(
                nameof(width),
                $"CpuBackend: SIMD width {width}, expected one of {string.Join(", ", Enum.GetNames<SimdWidth>())}."),
        };
    }

    /// <summary>The widest vectors this processor computes with in hardware.</summary>
    public static SimdWidth WidestSupported =>
        // Vector512.IsHardwareAccelerated is false on processors that lower their clock for 512-bit vectors, where
        // these kernels still win by far.
        Avx512F.IsSupported && Avx512DQ.IsSupported ? SimdWidth.Vector512
        : Vector256.IsHardwareAccelerated ? SimdWidth.Vector256
        : Vector128.IsHardwareAccelerated ? SimdWidth.Vector128
        : SimdWidth.Scalar;

    /// <summary>Vector width in use.</summary>
    public SimdWidth Width { get; }

    /// <summary>What frozen weights are kept as.</summary>
    public DType Weights { get; }

    /// <summary>Threads in use, the calling one among them.</summary>
    public int Threads => _pool.Count;

    /// <summary>Bytes of activation memory held from the system; constant from step to step after warm-up.</summary>
    public long ReservedBytes => _memory.ReservedBytes;

    /// <summary>Bytes of activation memory in use.</summary>
    public long UsedBytes => _memory.UsedBytes;

    /// <summary>The most bytes of activation memory in use at one time.</summary>
    public long HighestUsedBytes => _memory.HighestUsedBytes;

    /// <inheritdoc/>
    public string Name => "cpu";

    /// <inheritdoc/>
    public DType ComputeType => DType.Float32;

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
    public Storage AllocateStorage(long byteLength) => _memory.Allocate(byteLength);

    /// <inheritdoc/>
    public void CopyFromHost(ReadOnlySpan<byte> source, Tensor destination)
    {
        KernelChecks.CopyFromHost(source.Length, destination);
        source.CopyTo(new Span<byte>((void*)destination.Address, source.Length));
    }

    /// <inheritdoc/>
    public void CopyToHost(Tensor source, Span<byte> destination)
    {
        KernelChecks.CopyToHost(source, destination.Length);
        new ReadOnlySpan<byte>((void*)source.Address, destination.Length).CopyTo(destination);
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
    }

    /// <summary>
    /// Ends the threads and gives all memory back; tensors of this back end must not be used any more.
    /// </summary>
    public void Dispose()
    {
        _pool.Dispose();
        (Matrix as IDisposable)?.Dispose();
        _memory.Dispose();
    }

    private (
        IElementwiseKernels, IMatrixKernels, IReductionKernels, INormKernels, IAttentionKernels, IIndexKernels,
        ILossKernels, IOptimizerKernels) Kernels<TSimd, V>()
        where TSimd : struct, ISimd<V>
        where V : unmanaged => (
            new CpuElementwise<TSimd, V>(_pool), new CpuMatrix<TSimd, V>(_pool, Weights),
            new CpuReduction<TSimd, V>(_pool), new CpuNorm<TSimd, V>(_pool),
            new CpuAttention<TSimd, V>(_pool), new CpuIndex<TSimd, V>(_pool), new CpuLoss<TSimd, V>(_pool),
            new CpuOptimizer<TSimd, V>(_pool));
}
