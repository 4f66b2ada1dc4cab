using System.Collections.Concurrent;
using CrossPT.Tensors;
using CrossPT.Tensors.Cuda;
using CrossPT.TestKit;
using CrossPT.TestKit.Cuda.Ptx;

namespace CrossPT.TestKit.Cuda;

/// <summary>
/// The devices that the conformance suites run on here. A back end compiles its kernels once, so tests take turns with
/// those there are.
/// </summary>
internal static class TestDevices
{
    /// <summary>
    /// ILGPU's CPU accelerator with groups of 16 threads: too few for products and attention, whose suites the PTX
    /// runs.
    /// </summary>
    public static TestDevice Simulator { get; } =
        TakingTurns(static () => CudaBackend.OpenSimulator()) with { IsSlow = true };

    /// <summary>The PTX of the kernels.</summary>
    public static TestDevice Ptx { get; } = TakingTurns(static () => PtxLoader.Open());

    /// <summary>The PTX of the kernels, bf16 by tensor cores where a weight is frozen.</summary>
    public static TestDevice PtxTensorCores { get; } =
        TakingTurns(static () => PtxLoader.Open(MatrixPrecision.BFloat16));

    /// <summary>The PTX of the kernels, split float32 by tensor cores where a weight is frozen.</summary>
    public static TestDevice PtxSplit { get; } = TakingTurns(static () => PtxLoader.Open(MatrixPrecision.SplitFloat32));

    /// <summary>The CUDA device.</summary>
    public static TestDevice Cuda { get; } = TestDevice.OfOne(static () => CudaCard.Backend);

    private static TestDevice TakingTurns(Func<IBackend> open)
    {
        ConcurrentBag<IBackend> idle = [];
        return new TestDevice(
            () => idle.TryTake(out IBackend? backend) ? backend : open(), idle.Add, IsSimulated: true);
    }
}
