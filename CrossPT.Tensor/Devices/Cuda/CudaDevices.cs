using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace CrossPT.Tensors.Cuda;

/// <summary>What the driver says of one CUDA device.</summary>
/// <param name="Name">Name of the card.</param>
/// <param name="Major">Compute capability, before the point.</param>
/// <param name="Minor">Compute capability, after the point.</param>
/// <param name="MemoryBytes">Memory of the device.</param>
public sealed record CudaDeviceInfo(string Name, int Major, int Minor, long MemoryBytes)
{
    /// <summary>Compute capability, as 9.0.</summary>
    public string ComputeCapability => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");
}

/// <summary>The CUDA devices of this machine, by the driver's numbers. Nothing here opens one.</summary>
/// <remarks>
/// Compiling a method loads the assemblies of what it uses: ILGPU is in methods of their own, called only where a driver works.
/// </remarks>
public static class CudaDevices
{
    internal const string WslLibraries = "/usr/lib/wsl/lib";

    private static readonly Lazy<bool> s_driver = new(static () => CudaDriver.Wake is { Answer: 0 } && IsSupported());

    /// <summary>Whether there is a driver that works.</summary>
    public static bool HasDriver => s_driver.Value;

    /// <summary>The CUDA version the driver has, as 12.4; null without one.</summary>
    public static string? DriverVersion => HasDriver ? ReadDriverVersion() : null;

    /// <summary>What a driver that is there and does not work says; null where it works, and where there is none.</summary>
    public static string? DriverFault => !HasDriver && CudaDriver.Wake is { } wake
        ? $"{(string.IsNullOrEmpty(wake.Text) ? "no reason given" : wake.Text)} (error {wake.Answer})"
        : null;

    /// <summary>All devices; none without a driver.</summary>
    public static IReadOnlyList<CudaDeviceInfo> All() => HasDriver ? ReadDevices() : [];

    /// <summary>Refuses a device that is not there.</summary>
    /// <exception cref="DeviceException">There is no driver, no device at all, or none of this number.</exception>
    public static void Require(int index)
    {
        if (DriverFault is { } fault) throw new DeviceException($"cuda:{index}: the NVIDIA driver does not work: {fault}");
        if (!HasDriver) throw new DeviceException($"cuda:{index}: no NVIDIA driver was found on this machine");
        int count = All().Count;
        if (count == 0) throw new DeviceException($"cuda:{index}: the NVIDIA driver shows no device");
        if (index >= 0 && index < count) return;
        string expected = count > 1 ? $"cuda:0 to cuda:{count - 1}" : "cuda:0";
        throw new DeviceException($"cuda:{index}: no such device, expected {expected}");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsSupported()
    {
        // ILGPU asks for libcuda.so, which comes with the toolkit; a machine with a driver alone has libcuda.so.1. Under WSL
        // ILGPU has a resolver of its own.
        if (OperatingSystem.IsLinux() && !Directory.Exists(WslLibraries))
            NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, Resolve);
        return CudaAPI.CurrentAPI.IsSupported;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string? ReadDriverVersion()
        => CudaAPI.CurrentAPI.GetDriverVersion(out CudaDriverVersion version) == CudaError.CUDA_SUCCESS ? version.ToString() : null;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static List<CudaDeviceInfo> ReadDevices()
    {
        List<CudaDeviceInfo> devices = [];
        if (CudaAPI.CurrentAPI.GetDeviceCount(out int count) != CudaError.CUDA_SUCCESS) return devices;
        for (int i = 0; i < count; i++)
        {
            if (CudaAPI.CurrentAPI.GetDevice(out int device, i) != CudaError.CUDA_SUCCESS) continue;
            _ = CudaAPI.CurrentAPI.GetDeviceName(out string? name, device);
            _ = CudaAPI.CurrentAPI.GetDeviceComputeCapability(out int major, out int minor, device);
            _ = CudaAPI.CurrentAPI.GetTotalDeviceMemory(out long bytes, device);
            devices.Add(new CudaDeviceInfo(name ?? "?", major, minor, bytes));
        }
        return devices;
    }

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? path)
        => library == CudaAPI.LibNameLinux && CudaDriver.TryLoad(out nint handle) ? handle : 0;
}
