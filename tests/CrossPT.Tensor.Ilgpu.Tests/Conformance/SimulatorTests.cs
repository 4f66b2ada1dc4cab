using CrossPT.TestKit;

namespace CrossPT.Tensors.Ilgpu.Tests.Conformance;

// The suite on ILGPU's CPU accelerator: what the kernels compute, for it runs their threads one by one.

public sealed class SimulatorMemoryTests : MemoryConformance
{
    protected override IBackend CreateBackend() => IlgpuBackend.OpenSimulator();
}

public sealed class SimulatorElementwiseTests : ElementwiseConformance
{
    protected override IBackend CreateBackend() => IlgpuBackend.OpenSimulator();
}
