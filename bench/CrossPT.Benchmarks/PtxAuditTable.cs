using CrossPT.Tensors.Cuda;

namespace CrossPT.Benchmarks;

/// <summary>
/// <c>ptx-audit</c>: a table of every kernel's PTX, with registers and spills where there is a CUDA device or a
/// <c>ptxas</c> to ask; <c>ptx-text</c>: the PTX itself.
/// </summary>
internal static class PtxAuditTable
{
    private const string Architecture = "sm_90";

    /// <param name="output">Where the table goes.</param>
    /// <param name="ptxas">Path of the toolkit's assembler; null to ask the first CUDA device, if there is one.</param>
    public static void Write(TextWriter output, string? ptxas)
    {
        PtxAssembler? assembler = ptxas is null ? null : new PtxAssembler(ptxas, Architecture);
        using CudaBackend? device = assembler is null && CudaDevices.All().Count > 0 ? CudaBackend.OpenCuda() : null;
        output.WriteLine("# The PTX of every kernel");
        output.WriteLine();
        string registers =
            "There was no device: registers and spilled bytes, which a driver's compiler decides, are not known.";
        if (device is not null) registers = "Registers and spilled bytes are from the driver's log.";
        if (assembler is not null)
        {
            registers = $"Registers and spilled bytes are those of `ptxas` {assembler.Version()} for {Architecture} "
                + "(`ptx-audit PTXAS`); no card was there.";
        }
        output.WriteLine(
            $"""
            Written by `dotnet run -c Release --project bench/CrossPT.Benchmarks -- ptx-audit`: each kernel compiled by
            ILGPU 1.5.3 for compute capability 8.0, instructions counted as they stand in the text, those of branches
            not taken among them; the {TensorCoreKernel.SharedBytes} bytes of shared memory that `TensorCoreKernel` asks
            for at its launch are not.
            {registers}
            """);
        output.WriteLine();
        output.WriteLine(PtxReport.Header);
        Func<string, JitLog>? assemble = device is not null ? device.CompileOnDevice : null;
        if (assembler is not null) assemble = assembler.Assemble;
        foreach (PtxReport report in PtxAudit.Run(assemble)) output.WriteLine(report);
    }

    /// <summary>
    /// Writes each kernel's PTX into a file of its own, for <c>ptxas</c>, <c>cuobjdump -sass</c> and a reader.
    /// </summary>
    public static void WriteTexts(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (KernelMethod kernel in PtxAudit.Kernels())
        {
            string name = kernel.Name.Replace(", ", "-", StringComparison.Ordinal);
            name = name.Replace('<', '_').Replace(">", "", StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(folder, name + ".ptx"), PtxCompiler.Compile(kernel));
        }
    }
}
