using System.Globalization;
using System.Runtime.CompilerServices;
using CrossPT.Runner.Cli;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Cuda;

namespace CrossPT.Runner.Devices;

/// <summary>The back ends, and the devices <c>--device</c> can name.</summary>
internal static class DeviceTable
{
    private static bool s_isCudaOpened;

    public static IReadOnlyList<string> Backends { get; } = ["cpu", "cuda"];

    /// <summary>
    /// Opens the device that <c>--device</c> names. auto is the first CUDA device, or the CPU where there is none.
    /// </summary>
    public static IBackend Open(string device, int threads, bool isBFloat16 = false)
    {
        int? index = CudaIndex(device);
        if (index is null && isBFloat16)
            throw new UserException("--precision: found 'bf16', expected fp32, the only one the CPU computes in");
        return index is null ? new CpuBackend(threads) : OpenCuda(index.Value, isBFloat16);
    }

    /// <summary>Refuses a device that is no device, or not one of this machine; opens none.</summary>
    public static void Check(string device)
    {
        if (CudaIndex(device) is int index) CudaDevices.Require(index);
    }

    /// <summary>Whether <c>--device</c> names the CPU, or leaves the choice and there is no other device.</summary>
    public static bool IsCpu(string device) => CudaIndex(device) is null;

    /// <summary>What an exception of a launch means; null for any other.</summary>
    public static DeviceException? Explain(Exception error) => s_isCudaOpened ? ExplainCuda(error) : null;

    /// <summary>The number of the CUDA device that is meant; null for the CPU.</summary>
    private static int? CudaIndex(string device)
    {
        if (device == "cpu") return null;
        if (device == "auto") return CudaDevices.All().Count > 0 ? 0 : null;
        if (device == "cuda") return 0;
        if (device.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(device.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            return index;
        throw new UserException($"--device: found '{device}', expected auto, cpu, cuda or cuda:n");
    }

    // Compiling a method loads the assemblies of what it uses: ILGPU is in methods that a command on the CPU never calls.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static CudaBackend OpenCuda(int index, bool isBFloat16)
    {
        s_isCudaOpened = true;
        return CudaBackend.OpenCuda(index, isBFloat16);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static DeviceException? ExplainCuda(Exception error) => CudaBackend.Explain(error);
}
