using CrossPT.Tensors.Cuda;
using CrossPT.TestKit.Cuda;
using CrossPT.TestKit.Cuda.Ptx;
using ILGPU.Runtime.Cuda;

namespace CrossPT.Tensors.Tests.Cuda;

/// <summary>
/// The kernels under NVIDIA's own assembler, where the CUDA toolkit is installed; what it logs, everywhere.
/// </summary>
public sealed class PtxAssemblerTests
{
    private const string Log = """
        ptxas info    : 0 bytes gmem
        ptxas info    : Compiling entry function 'Kernel' for 'sm_90'
        ptxas info    : Function properties for Kernel
            48 bytes stack frame, 40 bytes spill stores, 44 bytes spill loads
        ptxas info    : Used 128 registers, 8192 bytes smem, 752 bytes cmem[0]
        """;

    [Fact]
    public void Parse_Log_TellsRegistersAndSpills() => Assert.Equal(new JitLog(128, 40), JitLog.Parse(Log));

    [Fact]
    public void Abridge_Log_IsOneLineOfItsBeginning()
    {
        Assert.Equal("ptxas fatal : a; b", JitLog.Abridge("ptxas fatal : a\r\n\n  b\n"));
        string line = JitLog.Abridge(string.Join('\n', Enumerable.Repeat("ptxas error", 1000)));
        Assert.StartsWith("ptxas error; ptxas error", line);
        Assert.EndsWith(" ...", line);
        Assert.InRange(line.Length, 300, 500);
        Assert.Equal("the driver says no more", JitLog.Abridge("\n"));
    }

    [Fact]
    public void Parse_NoWordOfThem_IsNull() =>
        Assert.Equal(new JitLog(null, null), JitLog.Parse("ptxas info    : 0 bytes gmem"));

    [Fact]
    public void Assemble_NoSuchProgram_IsToldWithItsName()
    {
        DeviceException error = Assert.Throws<DeviceException>(
            () => new PtxAssembler("no-such-ptxas", "sm_90").Assemble(".version 8.0"));
        Assert.StartsWith("no-such-ptxas: cannot be started", error.Message, StringComparison.Ordinal);
    }

    [PtxasFact]
    public void Assemble_NotPtx_IsRefusedInItsWords()
        => Assert.Contains(
            "error",
            Assert.Throws<DeviceException>(() => new PtxAssembler("ptxas", "sm_90").Assemble("nothing")).Message,
            StringComparison.Ordinal);

    /// <summary>
    /// Spills are a few registers of the large float32 products, put aside between the k-tiles: a limit on registers
    /// that lets a second group work is worth that.
    /// </summary>
    [PtxasTheory]
    [InlineData("sm_80")]
    [InlineData("sm_86")]
    [InlineData("sm_89")]
    [InlineData("sm_90")]
    public void EveryKernel_IsAssembled_AndOnlyLargeProductsSpill(string architecture)
    {
        IReadOnlyList<PtxReport> reports = PtxAudit.Run(
            new PtxAssembler("ptxas", architecture).Assemble, PtxLoader.Compile);
        Assert.All(reports, static report => Assert.True(report.Jit is { Registers: > 0 }, report.ToString()));
        Assert.All(
            reports.Where(
                static report => !report.Kernel.StartsWith(
                    "ProductKernel.Multiply<Tile128", StringComparison.Ordinal)),
            static report => Assert.True(report.Jit is { SpilledBytes: 0 }, report.ToString()));
        Assert.All(reports, static report => Assert.True(report.Jit is { SpilledBytes: <= 24 }, report.ToString()));
    }

    [PtxasFact]
    public void PortableKernels_AreAssembledForDevicesWithoutBFloat16()
    {
        PtxAssembler assembler = new("ptxas", "sm_70");
        IReadOnlyList<KernelMethod> portable = PtxAudit.Kernels(tensorCores: false);
        Assert.True(portable.Count > 40, $"{portable.Count} kernels");
        Assert.All(portable, kernel =>
        {
            JitLog log = assembler.Assemble(PtxCompiler.Compile(kernel, CudaArchitecture.SM_70));
            Assert.True(log.Registers > 0, kernel.Name);
        });
    }
}
