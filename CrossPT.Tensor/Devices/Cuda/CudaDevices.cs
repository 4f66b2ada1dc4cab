using System.Globalization;

namespace CrossPT.Tensors.Cuda;

/// <summary>The driver's description of a CUDA device.</summary>
/// <param name="Name">Name of the card.</param>
/// <param name="Major">Compute capability, before the point.</param>
/// <param name="Minor">Compute capability, after the point.</param>
/// <param name="MemoryBytes">Memory of the device.</param>
public sealed record CudaDeviceInfo(string Name, int Major, int Minor, long MemoryBytes)
{
    /// <summary>Compute capability, as 9.0.</summary>
    public string ComputeCapability => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");
}

/// <summary>
/// The CUDA devices of this machine, numbered as the driver numbers them. Opens none and loads no ILGPU assembly.
/// </summary>
public static class CudaDevices
{
    private static readonly Lazy<IReadOnlyList<CudaDeviceInfo>> s_devices = new(
        static () => HasDriver ? CudaDriver.Devices() : []);

    /// <summary>Whether there is a driver that works.</summary>
    public static bool HasDriver => CudaDriver.IsInstalled && CudaDriver.Fault is null;

    /// <summary>The CUDA version of the driver, as 12.4; null without a working one.</summary>
    public static string? DriverVersion
    {
        get
        {
            if (!HasDriver) return null;
            int version = CudaDriver.Version();
            return string.Create(CultureInfo.InvariantCulture, $"{version / 1000}.{version % 1000 / 10}");
        }
    }

    /// <summary>Why an installed driver does not work; null if it works, and if there is none.</summary>
    public static string? DriverFault => CudaDriver.Fault;

    /// <summary>All devices; none without a working driver.</summary>
    public static IReadOnlyList<CudaDeviceInfo> All() => s_devices.Value;

    /// <summary>Refuses a device that does not exist.</summary>
    /// <exception cref="DeviceException">There is no driver, no device at all, or none of this number.</exception>
    public static void Require(int index)
    {
        if (DriverFault is { } fault)
            throw new DeviceException($"cuda:{index}: the NVIDIA driver does not work: {fault}");
        if (!HasDriver) throw new DeviceException($"cuda:{index}: no NVIDIA driver was found on this machine");
        int count = All().Count;
        if (count == 0) throw new DeviceException($"cuda:{index}: the NVIDIA driver shows no device");
        if (index >= 0 && index < count) return;
        string expected = count > 1 ? $"cuda:0 to cuda:{count - 1}" : "cuda:0";
        throw new DeviceException($"cuda:{index}: no such device, expected {expected}");
    }
}
