using CrossPT.TestKit;

namespace CrossPT.Tensors.Ilgpu.Tests.Conformance;

public sealed class SimulatorMatrixTests : MatrixConformance
{
    protected override bool IsSimulated => true;

    protected override IBackend CreateBackend() => IlgpuBackend.OpenSimulator();
}

public sealed class SimulatorPackingTests : PackingConformance
{
    protected override bool IsSimulated => true;

    protected override IBackend CreateBackend() => IlgpuBackend.OpenSimulator();
}

public sealed class SimulatorAttentionTests : AttentionConformance
{
    protected override bool IsSimulated => true;

    protected override IBackend CreateBackend() => IlgpuBackend.OpenSimulator();
}
