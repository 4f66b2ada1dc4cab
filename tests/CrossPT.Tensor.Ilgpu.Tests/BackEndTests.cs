namespace CrossPT.Tensors.Ilgpu.Tests;

/// <summary>Built whatever the property Ilgpu says, so that a run shows when the back end was not tested.</summary>
public sealed class BackEndTests
{
#if CROSSPT_ILGPU
    [Fact]
    public void BackEnd_IsBuilt_SimulatorOpens()
    {
        using IlgpuBackend backend = IlgpuBackend.OpenSimulator();
        Assert.Equal(DType.Float32, backend.ComputeType);
        Assert.False(backend.IsHostMemory);
    }
#else
    [Fact(Skip = "ILGPU back end not built (-p:Ilgpu=true builds it)")]
    public void BackEnd_IsBuilt_SimulatorOpens()
    {
    }
#endif
}
