using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Devices;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Cuda;

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
