using System.Collections.Concurrent;
using System.Globalization;
using CrossPT.Tensors;
using CrossPT.Tensors.Cuda;

namespace CrossPT.Benchmarks;

/// <summary>
/// <c>ptx-audit</c>: tables of every kernel's PTX, with registers, spills and occupancy where there is a CUDA device or
/// a <c>ptxas</c> to ask; <c>ptx-text</c>: the PTX itself.
/// </summary>
internal static class PtxAuditTable
{
    /// <param name="output">Where the tables go.</param>
    /// <param name="ptxas">Path of the toolkit's assembler; null to ask the first CUDA device, if there is one.</param>
    public static void Write(TextWriter output, string? ptxas)
    {
        using CudaBackend? device = ptxas is null && CudaDevices.All().Count > 0 ? CudaBackend.OpenCuda() : null;
        ConcurrentDictionary<string, string> texts = [];
        IReadOnlyList<PtxReport> reports = PtxAudit.Run(
            device is null ? null : device.CompileOnDevice,
            kernel => texts.GetOrAdd(kernel.Name, _ => PtxCompiler.Compile(kernel)));
        output.WriteLine(
            """
            # The PTX of every kernel

            Written by `dotnet run -c Release --project bench/CrossPT.Benchmarks -- ptx-audit [PTXAS]`: each kernel
            compiled by ILGPU 1.5.3 for compute capability 8.0, instructions counted as they stand in the text, those of
            branches not taken among them. Shared bytes are what a kernel declares; dynamic ones what it asks for at its
            launch.
            """);
        if (device is not null) output.WriteLine("Registers and spilled bytes are from the driver's log.");
        output.WriteLine();
        output.WriteLine(PtxReport.Header(withJit: device is not null));
        foreach (PtxReport report in reports) output.WriteLine(report);
        if (ptxas is not null) WriteRegisters(output, ptxas, reports, texts);
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

    private static void WriteRegisters(
        TextWriter output, string ptxas, IReadOnlyList<PtxReport> reports, IReadOnlyDictionary<string, string> texts)
    {
        ILookup<bool, Multiprocessor> known = Multiprocessor.All.ToLookup(
            target => IsKnown(new PtxAssembler(ptxas, target.Architecture), texts.First().Value));
        Multiprocessor[] targets = [.. known[true]];
        string missing = string.Join(" and ", known[false].Select(static target => target.Architecture));
        output.WriteLine();
        output.WriteLine("## Registers and occupancy");
        output.WriteLine();
        output.WriteLine(
            $"Registers of a thread as `ptxas` {new PtxAssembler(ptxas, "sm_80").Version()} assigns them, spilled "
            + "bytes if there are any, and the share of a multiprocessor's warps that are resident at a time, for the "
            + "largest group that the audit launches. No card was there.");
        if (missing.Length > 0) output.WriteLine($"This assembler does not know {missing}.");
        output.WriteLine();
        string heads = string.Join(" | ", targets.Select(static target => target.Architecture));
        output.WriteLine($"| kernel | threads | dynamic shared bytes | {heads} |");
        output.WriteLine($"|---|---:|---:|{string.Concat(targets.Select(static _ => "---|"))}");
        string[] rows = new string[reports.Count];
        Parallel.For(0, reports.Count, i =>
        {
            PtxReport report = reports[i];
            IEnumerable<string> cells = targets.Select(
                target => Cell(target, report, new PtxAssembler(ptxas, target.Architecture).Assemble(
                    texts[report.Kernel])));
            rows[i] = $"| `{report.Kernel}` | {report.Threads} | {report.DynamicSharedBytes} | "
                + $"{string.Join(" | ", cells)} |";
        });
        foreach (string row in rows) output.WriteLine(row);
    }

    private static string Cell(Multiprocessor target, PtxReport report, JitLog log)
    {
        double occupancy = target.Occupancy(
            report.Threads, log.Registers ?? 0, report.SharedBytes + report.DynamicSharedBytes);
        string spilled = log.SpilledBytes > 0 ? $", {log.SpilledBytes} bytes spilled" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{log.Registers}{spilled}, {occupancy * 100:F0}%");
    }

    private static bool IsKnown(PtxAssembler assembler, string ptx)
    {
        try
        {
            assembler.Assemble(ptx);
            return true;
        }
        catch (DeviceException)
        {
            return false;
        }
    }
}
