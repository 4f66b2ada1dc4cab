using CrossPT.Tensors.Cuda;

namespace CrossPT.Benchmarks;

/// <summary>
/// <c>ptx-audit</c>: a table of every kernel's PTX, with registers and spills where there is a CUDA device or a <c>ptxas</c> to ask;
/// <c>ptx-text</c>: the PTX itself.
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
        output.WriteLine("Written by `dotnet run -c Release --project bench/CrossPT.Benchmarks -- ptx-audit`: each kernel compiled by ILGPU 1.5.3 for");
        output.WriteLine("compute capability 8.0, instructions counted as they stand in the text, those of branches not taken among them;");
        output.WriteLine($"the {TensorCoreKernel.SharedBytes} bytes of shared memory that `TensorCoreKernel` asks for at its launch are not.");
        output.WriteLine(
            assembler is not null ? $"Registers and spilled bytes are those of `ptxas` {assembler.Version()} for {Architecture} (`ptx-audit PTXAS`); no card was there."
            : device is not null ? "Registers and spilled bytes are from the driver's log."
            : "There was no device: registers and spilled bytes, which a driver's compiler decides, are not known.");
        output.WriteLine();
        output.WriteLine(PtxReport.Header);
        foreach (PtxReport report in PtxAudit.Run(assembler is not null ? assembler.Assemble : device is not null ? device.CompileOnDevice : null)) output.WriteLine(report);
    }

    /// <summary>Writes each kernel's PTX into a file of its own, for <c>ptxas</c>, <c>cuobjdump -sass</c> and a reader.</summary>
    public static void WriteTexts(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach ((System.Reflection.MethodInfo kernel, ILGPU.Runtime.KernelSpecialization specialization) in PtxAudit.Kernels())
        {
            string name = PtxCompiler.NameOf(kernel).Replace(", ", "-", StringComparison.Ordinal).Replace('<', '_').Replace(">", "", StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(folder, name + ".ptx"), PtxCompiler.Compile(kernel, specialization));
        }
    }
}
