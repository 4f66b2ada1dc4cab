using CrossPT.Tensors.Ilgpu.Tests.Ptx;

namespace CrossPT.Tensors.Ilgpu.Tests.Audit;

/// <summary>What the PTX of every kernel must hold, looked at without a device.</summary>
public sealed class PtxAuditTests
{
    private static readonly Lazy<IReadOnlyList<PtxReport>> s_reports = new(static () => PtxAudit.Run(compile: PtxLoader.Compile));

    [Fact]
    public void EveryKernel_KeepsItsValuesInRegisters() => Assert.All(s_reports.Value, static report => Assert.True(report.LocalBytes == 0, report.ToString()));

    [Fact]
    public void EveryKernel_HasSharedMemoryThatNeedsNoAsking() => Assert.All(s_reports.Value, static report => Assert.True(report.SharedBytes <= 48 * 1024, report.ToString()));

    [Fact]
    public void Products_AreUnrolledFusedAndWide()
    {
        PtxReport[] products = [.. Of("ProductKernel")];
        Assert.True(products.Length >= 10, $"{products.Length} kernels");
        Assert.All(products, static report => Assert.True(report is { WideLoads: > 0, WideStores: > 0 } && report.Fma >= 4 * 64, report.ToString()));
    }

    [Fact]
    public void TensorCores_MultiplyLoadAndCopyAsMeant()
    {
        PtxReport[] kernels = [.. Of("TensorCoreKernel")];
        Assert.Equal(2, kernels.Length);
        // A slab is two steps of 16: 16 products, 6 loads each; every thread copies two words of each operand, in the loop and twice before it.
        Assert.All(kernels, static report => Assert.True(report is { Mma: 32, LoadMatrix: 12, CopyAsync: 12, LocalBytes: 0 }, report.ToString()));
    }

    [Fact]
    public void Attention_IsUnrolledFusedAndWide()
        => Assert.All(Of("Attention"), static report => Assert.True(report.WideLoads > 0 && report.Fma >= 4 * 64, report.ToString()));

    private static IEnumerable<PtxReport> Of(string part) => s_reports.Value.Where(report => report.Kernel.Contains(part, StringComparison.Ordinal));
}
