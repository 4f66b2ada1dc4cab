using CrossPT.Tensors;
#if CROSSPT_ILGPU
using System.Globalization;
using CrossPT.Tensors.Ilgpu;
#else
using CrossPT.Runner.Cli;
#endif

namespace CrossPT.Runner.Devices;

/// <summary>A CUDA device as <c>doctor</c> shows it.</summary>
internal sealed record CudaDevice(string Name, string Description, string ComputeCapability, long MemoryBytes);

/// <summary>The CUDA back end, where it is built in, and one sentence where it is not.</summary>
internal static class CudaSupport
{
#if CROSSPT_ILGPU
    public static bool IsBuiltIn => true;

    /// <summary>The CUDA version of the driver; null without a driver that works.</summary>
    public static string? DriverVersion => CudaDevices.DriverVersion;

    /// <summary>What a driver that is there and does not work says; null for any other.</summary>
    public static string? DriverFault => CudaDevices.DriverFault;

    public static IReadOnlyList<CudaDevice> Devices() => [.. CudaDevices.All().Select(static (device, index) => new CudaDevice(
        $"cuda:{index}", device.Name, string.Create(CultureInfo.InvariantCulture, $"{device.Major}.{device.Minor}"), device.MemoryBytes))];

    public static IBackend Open(int index, bool isBFloat16) => IlgpuBackend.OpenCuda(index, isBFloat16);

    /// <summary>Refuses a device that is not there, without opening any.</summary>
    public static void Check(int index) => CudaDevices.Require(index);

    /// <summary>What an exception of a launch means; null for any other.</summary>
    public static DeviceException? Explain(Exception error) => IlgpuBackend.Explain(error);
#else
    public static bool IsBuiltIn => false;

    public static string? DriverVersion => null;

    public static string? DriverFault => null;

    public static IReadOnlyList<CudaDevice> Devices() => [];

    public static IBackend Open(int index, bool isBFloat16)
    {
        Check(index);
        throw new InvalidOperationException("CudaSupport: not built in.");
    }

    public static void Check(int index)
        => throw new UserException($"--device: found 'cuda:{index}', but the CUDA back end is not built into this crosspt; dotnet build -p:Ilgpu=true builds it in");

    public static DeviceException? Explain(Exception error) => null;
#endif
}
