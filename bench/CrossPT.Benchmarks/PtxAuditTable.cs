#if CROSSPT_ILGPU
using CrossPT.Tensors.Ilgpu;

namespace CrossPT.Benchmarks;

/// <summary><c>ptx-audit</c>: a table of every kernel's PTX, with registers and spills where there is a CUDA device.</summary>
internal static class PtxAuditTable
{
    public static void Write(TextWriter output)
    {
        using IlgpuBackend? device = CudaDevices.All().Count > 0 ? IlgpuBackend.OpenCuda() : null;
        output.WriteLine("# The PTX of every kernel");
        output.WriteLine();
        output.WriteLine("Written by `dotnet run -c Release -p:Ilgpu=true --project bench/CrossPT.Benchmarks -- ptx-audit`: each kernel compiled by ILGPU 1.5.3 for");
        output.WriteLine("compute capability 8.0, instructions counted as they stand in the text, those of branches not taken among them.");
        output.WriteLine(device is null ? "There was no device: registers and spilled bytes, which a driver's compiler decides, are not known." : "Registers and spilled bytes are from the driver's log.");
        output.WriteLine();
        output.WriteLine(PtxReport.Header);
        foreach (PtxReport report in PtxAudit.Run(device)) output.WriteLine(report);
    }
}
#endif
