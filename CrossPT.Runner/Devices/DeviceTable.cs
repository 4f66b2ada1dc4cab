using System.Globalization;
using System.Runtime.CompilerServices;
using CrossPT.Runner.Cli;
using CrossPT.Tensors;
using CrossPT.Tensors.Cuda;

namespace CrossPT.Runner.Devices;

/// <summary>The back ends, and the devices <c>--device</c> can name.</summary>
internal static class DeviceTable
{
    private static bool s_isCudaOpened;

    public static IReadOnlyList<string> Backends { get; } = ["cpu", "cuda"];

    /// <summary>Refuses a device that is no device, or not one of this machine; opens none.</summary>
    public static void Check(string device)
    {
        if (device != "auto" && CudaIndex(device) is int index) CudaDevices.Require(index);
    }

    /// <summary>What an exception of a launch means; null for any other.</summary>
    public static DeviceException? Explain(Exception error) => s_isCudaOpened ? ExplainCuda(error) : null;

    /// <summary>The number of the CUDA device that is named; null for the CPU.</summary>
    public static int? CudaIndex(string device)
    {
        if (device == "cpu") return null;
        if (device == "cuda") return 0;
        if (device.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(device.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            return index;
        throw new UserException($"--device: found '{device}', expected auto, cpu, cuda or cuda:n");
    }

    // Compiling a method loads the assemblies of what it uses: ILGPU is in methods that a command on the CPU never
    // calls.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static IBackend OpenCuda(int index, MatrixPrecision precision)
    {
        s_isCudaOpened = true;
        return CudaBackend.OpenCuda(index, precision);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static DeviceException? ExplainCuda(Exception error) => CudaBackend.Explain(error);
}
