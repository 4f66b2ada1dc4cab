using System.Collections.Concurrent;
using CrossPT.Tensors.Ilgpu.Tests.Ptx;
using CrossPT.TestKit;

namespace CrossPT.Tensors.Ilgpu.Tests.Kit;

/// <summary>The devices that the conformance suites run on here. A back end compiles its kernels once, so tests take turns with those there are.</summary>
internal static class Devices
{
    /// <summary>ILGPU's CPU accelerator.</summary>
    public static TestDevice Simulator { get; } = TakingTurns(static () => IlgpuBackend.OpenSimulator()) with { HasSmallBlocks = true };

    /// <summary>The PTX of the kernels.</summary>
    public static TestDevice Ptx { get; } = TakingTurns(static () => PtxLoader.Open());

    /// <summary>The PTX of the kernels, bf16 by tensor cores where a weight is frozen.</summary>
    public static TestDevice PtxTensorCores { get; } = TakingTurns(static () => PtxLoader.Open(tensorCores: true));

    /// <summary>The CUDA device.</summary>
    public static TestDevice Cuda { get; } = TestDevice.OfOne(static () => Kit.Cuda.Backend);

    private static TestDevice TakingTurns(Func<IBackend> open)
    {
        ConcurrentBag<IBackend> idle = [];
        return new TestDevice(() => idle.TryTake(out IBackend? backend) ? backend : open(), idle.Add, IsSimulated: true);
    }
}
