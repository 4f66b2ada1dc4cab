using System.Globalization;
using CrossPT.Runner.Cli;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Runner.Devices;

/// <summary>The back ends this build holds, and the devices <c>--device</c> can name.</summary>
internal static class DeviceTable
{
    public static IReadOnlyList<string> BackendsBuiltIn { get; } = CudaSupport.IsBuiltIn ? ["cpu", "cuda"] : ["cpu"];

    /// <summary>Opens the device that <c>--device</c> names. auto is the first CUDA device, or the CPU where there is none.</summary>
    public static IBackend Open(string device, int threads, bool isBFloat16 = false)
    {
        int? index = CudaIndex(device);
        if (index is null && isBFloat16) throw new UserException("--precision: found 'bf16', expected fp32, the only one the CPU computes in");
        return index is null ? new CpuBackend(threads) : CudaSupport.Open(index.Value, isBFloat16);
    }

    /// <summary>Refuses a device that is no device, or not one of this build or machine.</summary>
    public static void Check(string device)
    {
        if (CudaIndex(device) is int index) CudaSupport.Check(index);
    }

    /// <summary>Whether <c>--device</c> names the CPU, or leaves the choice and there is no other device.</summary>
    public static bool IsCpu(string device) => CudaIndex(device) is null;

    /// <summary>The number of the CUDA device that is meant; null for the CPU.</summary>
    private static int? CudaIndex(string device)
    {
        if (device == "cpu") return null;
        if (device == "auto") return CudaSupport.Devices().Count > 0 ? 0 : null;
        if (device == "cuda") return 0;
        if (device.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(device.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int index)) return index;
        throw new UserException($"--device: found '{device}', expected auto, cpu, cuda or cuda:n");
    }
}
