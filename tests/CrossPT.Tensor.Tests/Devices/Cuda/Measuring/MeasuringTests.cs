using CrossPT.Tensors.Cuda;

namespace CrossPT.Tensors.Tests.Cuda;

/// <summary>What cuBLAS and NVML are asked for beside a measurement, where there is no card.</summary>
public sealed class MeasuringTests
{
    [Theory]
    [InlineData(0UL, "clocks: 1755 of 1980 MHz, memory 2619 MHz, 54 °C, not throttled")]
    [InlineData(0x103UL, "clocks: 1755 of 1980 MHz, memory 2619 MHz, 54 °C, not throttled")]
    [InlineData(0x24UL, "clocks: 1755 of 1980 MHz, memory 2619 MHz, 54 °C, throttled: power cap, thermal slowdown")]
    public void CardState_ToString_SaysWhyItIsSlow(ulong throttling, string expected)
        => Assert.Equal(expected, new CardState(1755, 1980, 2619, 54, throttling).ToString());

    [Fact]
    public void NoCard_IsToldInALine()
    {
        using CudaBackend simulator = CudaBackend.OpenSimulator();
        Assert.Null(CublasProduct.TryOpen(simulator, out string? noCublas));
        Assert.Null(CardState.Read(simulator, out string? noClocks));
        Assert.Equal(("cuBLAS: no CUDA device", "clocks: no CUDA device"), (noCublas, noClocks));
    }

    [Fact]
    public void MissingLibrary_IsAnAbsence_NotAFailure()
    {
        Assert.True(CublasProduct.IsAbsence(new DllNotFoundException()));
        Assert.False(CublasProduct.IsAbsence(new InvalidOperationException()));
    }
}
