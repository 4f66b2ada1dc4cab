using System.Runtime.InteropServices;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// The NVIDIA driver's library: finding it, what is asked of it before a device is opened, and the calls that ILGPU
/// does not import. No type of ILGPU is used here, so that a machine without a driver never loads it.
/// </summary>
internal static unsafe class CudaDriver
{
    // CUdevice_attribute of the driver's header.
    private const int CapabilityMajor = 75, CapabilityMinor = 76;

    private const int NameBytes = 256;

    private static readonly Lazy<nint> s_library = new(static () => TryLoad(out nint library) ? library : 0);
    private static readonly Lazy<string?> s_fault = new(FindFault);
    private static readonly Lazy<nint> s_streamWaitEvent = new(static () => Export("cuStreamWaitEvent"));

    /// <summary>Whether the driver's library is on this machine.</summary>
    public static bool IsInstalled => s_library.Value != 0;

    /// <summary>Why an installed driver cannot be used; null if it can, and if there is none.</summary>
    public static string? Fault => s_fault.Value;

    /// <summary>The library's handle, 0 without one.</summary>
    public static nint Library => s_library.Value;

    /// <summary>The CUDA version of a working driver, as 12040 for 12.4.</summary>
    public static int Version()
    {
        int version;
        Check(((delegate* unmanaged<int*, int>)Export("cuDriverGetVersion"))(&version), "cuDriverGetVersion");
        return version;
    }

    /// <summary>The devices of a working driver, in its order.</summary>
    public static List<CudaDeviceInfo> Devices()
    {
        int count;
        Check(((delegate* unmanaged<int*, int>)Export("cuDeviceGetCount"))(&count), "cuDeviceGetCount");
        List<CudaDeviceInfo> devices = [];
        for (int i = 0; i < count; i++) devices.Add(Device(i));
        return devices;
    }

    /// <summary>
    /// Makes later work of a stream wait until the event's last recorded point has been passed; the host does not wait.
    /// Called with the context bound. Returns the driver's error code.
    /// </summary>
    public static int StreamWaitEvent(nint stream, nint marker)
        => ((delegate* unmanaged<nint, nint, uint, int>)s_streamWaitEvent.Value)(stream, marker, 0);

    private static CudaDeviceInfo Device(int index)
    {
        int device;
        Check(((delegate* unmanaged<int*, int, int>)Export("cuDeviceGet"))(&device, index), "cuDeviceGet");
        byte* name = stackalloc byte[NameBytes];
        Check(
            ((delegate* unmanaged<byte*, int, int, int>)Export("cuDeviceGetName"))(name, NameBytes, device),
            "cuDeviceGetName");
        nuint bytes;
        Check(
            ((delegate* unmanaged<nuint*, int, int>)Export("cuDeviceTotalMem_v2"))(&bytes, device), "cuDeviceTotalMem");
        int major = Attribute(CapabilityMajor, device);
        int minor = Attribute(CapabilityMinor, device);
        return new CudaDeviceInfo(Marshal.PtrToStringUTF8((nint)name) ?? "?", major, minor, (long)bytes);
    }

    private static int Attribute(int attribute, int device)
    {
        int value;
        nint call = Export("cuDeviceGetAttribute");
        Check(((delegate* unmanaged<int*, int, int, int>)call)(&value, attribute, device), "cuDeviceGetAttribute");
        return value;
    }

    private static string? FindFault()
    {
        if (!IsInstalled) return null;
        try
        {
            int error = ((delegate* unmanaged<uint, int>)Export("cuInit"))(0);
            if (error != 0) return Describe(error);
            Version();
            Devices();
            return null;
        }
        catch (Exception error) when (error is DeviceException or EntryPointNotFoundException)
        {
            return error.Message;
        }
    }

    private static void Check(int error, string call)
    {
        if (error != 0) throw new DeviceException($"{call}: {Describe(error)}");
    }

    private static string Describe(int error)
    {
        byte* text = null;
        if (NativeLibrary.TryGetExport(Library, "cuGetErrorString", out nint describe))
            _ = ((delegate* unmanaged<int, byte**, int>)describe)(error, &text);
        string? words = Marshal.PtrToStringUTF8((nint)text);
        return $"{(string.IsNullOrEmpty(words) ? "no reason given" : words)} (error {error})";
    }

    private static nint Export(string name) => NativeLibrary.TryGetExport(Library, name, out nint address)
        ? address
        : throw new EntryPointNotFoundException($"the driver's library has no function {name}");

    /// <summary>
    /// A machine with a driver alone has libcuda.so.1; libcuda.so comes with the toolkit. Under WSL2 the library lies
    /// in a folder that the loader may not know.
    /// </summary>
    private static bool TryLoad(out nint handle)
    {
        string[] names = OperatingSystem.IsWindows()
            ? ["nvcuda.dll"]
            : ["libcuda.so.1", "libcuda.so", "/usr/lib/wsl/lib/libcuda.so.1"];
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, out handle)) return true;
        }
        handle = 0;
        return false;
    }
}
