using CrossPT.TestKit;

namespace CrossPT.Tensors.Ilgpu.Tests.Conformance;

// The suite on ILGPU's CPU accelerator: what the kernels compute, for it runs their threads one by one, and slowly.

public sealed class SimulatorMemoryTests : MemoryConformance
{
    protected override bool IsSimulated => true;

    protected override IBackend CreateBackend() => IlgpuBackend.OpenSimulator();
}

public sealed class SimulatorElementwiseTests : ElementwiseConformance
{
    protected override bool IsSimulated => true;

    protected override IBackend CreateBackend() => IlgpuBackend.OpenSimulator();
}

public sealed class SimulatorReductionTests : ReductionConformance
{
    protected override bool IsSimulated => true;

    protected override IBackend CreateBackend() => IlgpuBackend.OpenSimulator();
}

public sealed class SimulatorNormTests : NormConformance
{
    protected override bool IsSimulated => true;

    protected override IBackend CreateBackend() => IlgpuBackend.OpenSimulator();
}

public sealed class SimulatorIndexTests : IndexConformance
{
    protected override bool IsSimulated => true;

    protected override IBackend CreateBackend() => IlgpuBackend.OpenSimulator();
}

public sealed class SimulatorLossTests : LossConformance
{
    protected override bool IsSimulated => true;

    protected override IBackend CreateBackend() => IlgpuBackend.OpenSimulator();
}

public sealed class SimulatorOptimizerTests : OptimizerConformance
{
    protected override bool IsSimulated => true;

    protected override IBackend CreateBackend() => IlgpuBackend.OpenSimulator();
}
