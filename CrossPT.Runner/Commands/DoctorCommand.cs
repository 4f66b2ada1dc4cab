using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using CrossPT.Runner.Bench.Kernels;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;
using CrossPT.Runner.Devices;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Cuda;
using ILGPU.Runtime.Cuda;

namespace CrossPT.Runner.Commands;

/// <summary>
/// <c>crosspt doctor</c>: what this machine and this build have, for a first look and for bug reports.
/// </summary>
internal static class DoctorCommand
{
    private static readonly Option<bool> s_conformance =
        Options.Flag("--conformance", "instead compare every kernel of the device with the CPU's, at the sizes of T5");

    private static readonly Option<bool> s_kernels =
        Options.Flag("--kernels", "instead compile every CUDA kernel, with no card, and hash its PTX");
    private static readonly Option<string> s_target =
        Options.Choice("--target", "what --kernels compiles for", KernelHashes.Targets).Default("sm_80");

    public static CommandDefinition Define() => new()
    {
        Options = [s_conformance, s_kernels, s_target],
        Example = "doctor --json",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        // The same refusals as in every other command: a wrong --device is found here too.
        DeviceTable.Check(context.Value(GlobalOptions.Device));
        if (context.Has(s_conformance)) return KernelConformance.Run(context);
        if (context.Has(s_kernels)) return KernelHashes.Run(context, context.Value(s_target));
        int threads = context.Threads;
        SystemMemory memory = SystemMemory.Read();
        string processor = ProcessorName();
        IReadOnlyList<CudaDeviceInfo> devices = CudaDevices.All();
        string simd = CpuBackend.WidestSupported.ToString();
        if (context.IsJson)
        {
            context.WriteJson(json =>
            {
                json.WriteString("version", VersionWriter.Version);
                json.WriteString("runtime", RuntimeInformation.FrameworkDescription);
                json.WriteString("os", RuntimeInformation.OSDescription);
                json.WriteString("architecture", RuntimeInformation.ProcessArchitecture.ToString());
                json.WriteStartArray("backends");
                foreach (string backend in DeviceTable.Backends) json.WriteStringValue(backend);
                json.WriteEndArray();
                json.WriteStartArray("devices");
                json.WriteStartObject();
                json.WriteString("name", "cpu");
                json.WriteString("description", processor);
                json.WriteEndObject();
                for (int i = 0; i < devices.Count; i++)
                {
                    CudaDeviceInfo device = devices[i];
                    json.WriteStartObject();
                    json.WriteString("name", string.Create(CultureInfo.InvariantCulture, $"cuda:{i}"));
                    json.WriteString("description", device.Name);
                    json.WriteString("compute_capability", device.ComputeCapability);
                    json.WriteNumber("memory_mb", device.MemoryBytes >> 20);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                if (CudaDevices.DriverVersion is { } driver) json.WriteString("cuda_driver", driver);
                if (CudaDevices.DriverFault is { } fault) json.WriteString("cuda_driver_fault", fault);
                json.WriteString("simd", simd);
                json.WriteNumber("processors", Environment.ProcessorCount);
                json.WriteNumber("threads", threads);
                json.WriteNumber("memory_total_mb", memory.TotalBytes >> 20);
                json.WriteNumber("memory_available_mb", memory.AvailableBytes >> 20);
            });
            return ExitCode.Done;
        }
        TextWriter text = context.Text;
        text.WriteLine($"crosspt    {VersionWriter.Version}");
        text.WriteLine($".NET       {RuntimeInformation.FrameworkDescription}");
        text.WriteLine($"system     {RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}");
        text.WriteLine($"back ends  {string.Join(", ", DeviceTable.Backends)}");
        text.WriteLine($"devices    cpu: {processor}");
        for (int i = 0; i < devices.Count; i++)
        {
            CudaDeviceInfo device = devices[i];
            text.WriteLine(
                $"           cuda:{i}: {device.Name}, compute capability {device.ComputeCapability}, "
                + $"{device.MemoryBytes >> 20} MB");
        }
        if (CudaDevices.DriverVersion is { } version) text.WriteLine($"driver     CUDA {version}");
        if (CudaDevices.DriverFault is { } why) text.WriteLine($"driver     NVIDIA's, which does not work: {why}");
        text.WriteLine($"SIMD       {simd}");
        text.WriteLine($"threads    {threads} of {Environment.ProcessorCount} processors");
        text.WriteLine($"memory     {memory.TotalBytes >> 20} MB, {memory.AvailableBytes >> 20} MB available");
        return ExitCode.Done;
    }

    private static string ProcessorName()
    {
        if (OperatingSystem.IsLinux())
        {
            foreach (string line in File.ReadLines("/proc/cpuinfo"))
            {
                if (line.StartsWith("model name", StringComparison.Ordinal))
                    return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
            }
        }
        return RuntimeInformation.ProcessArchitecture.ToString();
    }
}

/// <summary>
/// <c>doctor --kernels</c>: compiles every CUDA kernel to PTX, with no card, and tells the PTX of builds apart by
/// hashes.
/// </summary>
internal static class KernelHashes
{
    /// <summary>ILGPU compiles for none newer: later cards run what is compiled for the last.</summary>
    public static string[] Targets { get; } = ["sm_70", "sm_75", "sm_80"];

    public static int Run(CommandContext context, string target)
    {
        CudaArchitecture architecture = target switch
        {
            "sm_70" => CudaArchitecture.SM_70,
            "sm_75" => CudaArchitecture.SM_75,
            _ => CudaArchitecture.SM_80,
        };
        KernelMethod[] kernels = [.. PtxAudit.Kernels(tensorCores: architecture >= CudaArchitecture.SM_80)];
        string[] hashes = new string[kernels.Length];
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = context.Threads };
        Parallel.For(
            0, kernels.Length, parallel,
            i => hashes[i] = PtxCompiler.Hash(PtxCompiler.Compile(kernels[i], architecture)));
        if (!context.IsJson)
        {
            for (int i = 0; i < kernels.Length; i++) context.Text.WriteLine($"{hashes[i]}  {kernels[i].Name}");
            return ExitCode.Done;
        }
        context.WriteJson(json =>
        {
            json.WriteString("target", target);
            json.WriteStartArray("kernels");
            for (int i = 0; i < kernels.Length; i++)
            {
                json.WriteStartObject();
                json.WriteString("name", kernels[i].Name);
                json.WriteString("sha256", hashes[i]);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
        return ExitCode.Done;
    }
}

/// <summary>
/// <c>crosspt doctor --conformance</c>: the kernels of a device against those of the CPU, at the sizes of T5 and at
/// rows that fit no block.
/// </summary>
internal static class KernelConformance
{
    /// <summary>
    /// Of two float32 sums in different order, over the largest value; and of operands rounded to bf16.
    /// </summary>
    private const double Single = 5e-5, Rounded = 2e-2;

    private static readonly int[] s_rows = [1, 17, 945];

    public static int Run(CommandContext context)
    {
        double tolerance = context.Precision == MatrixPrecision.BFloat16 ? Rounded : Single;
        KernelSizes size = KernelSizes.All.Single(static candidate => candidate.Name == "t5-base");
        List<(KernelCase Case, KernelComparison Result)> results = [];
        using (IBackend tested = context.OpenBackend())
        using (CpuBackend reference = new(context.Threads))
        {
            foreach (int rows in s_rows)
            {
                foreach (KernelCase kernel in KernelCases.Of(size, rows))
                    results.Add((kernel, KernelComparison.Of(kernel, tested, reference)));
            }
        }
        int failed = results.Count(result => !Passes(result.Result, tolerance));
        if (context.IsJson)
        {
            context.WriteJson(json =>
            {
                json.WriteBoolean("passed", failed == 0);
                json.WriteStartArray("kernels");
                foreach ((KernelCase kernel, KernelComparison result) in results)
                {
                    json.WriteStartObject();
                    json.WriteString("kernel", kernel.Kernel);
                    json.WriteString("shape", kernel.Shape);
                    if (double.IsFinite(result.Difference)) json.WriteNumber("max_rel_to_largest", result.Difference);
                    else json.WriteNull("max_rel_to_largest");
                    json.WriteBoolean("repeatable", result.IsRepeatable);
                    json.WriteBoolean("passed", Passes(result, tolerance));
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            });
        }
        else
        {
            TextTable table = new("kernel", "shape", "max rel", "same bits twice", "");
            foreach ((KernelCase kernel, KernelComparison result) in results)
            {
                table.Add(
                    kernel.Kernel, kernel.Shape, result.Difference.ToString("0.0e+00", CultureInfo.InvariantCulture),
                    result.IsRepeatable ? "yes" : "NO",
                    Passes(result, tolerance) ? "ok" : "FAILED");
            }
            context.Console.Write(table);
            context.Text.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(failed == 0 ? "passed" : "FAILED")}: {results.Count - failed} of {results.Count} kernels "
                        + $"within {tolerance:0.##e+0} of the CPU's"));
        }
        return failed == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static bool Passes(KernelComparison result, double tolerance) =>
        result.IsRepeatable && result.Difference <= tolerance;
}
