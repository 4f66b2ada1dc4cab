using System.Runtime.InteropServices;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// The NVIDIA driver's library: looking for it, and its calls that ILGPU does not import. No type of ILGPU is used here, so
/// that a machine without a driver never loads it.
/// </summary>
internal static unsafe class CudaDriver
{
    private static readonly Lazy<nint> s_streamWaitEvent = new(static () => NativeLibrary.GetExport(Load(), "cuStreamWaitEvent"));
    private static readonly Lazy<(int Answer, string? Text)?> s_wake = new(static () =>
    {
        if (!TryLoad(out nint library) || !NativeLibrary.TryGetExport(library, "cuInit", out nint init)) return null;
        int answer = ((delegate* unmanaged<uint, int>)init)(0);
        byte* text = null;
        if (NativeLibrary.TryGetExport(library, "cuGetErrorString", out nint describe))
            _ = ((delegate* unmanaged<int, byte**, int>)describe)(answer, &text);
        return (answer, Marshal.PtrToStringUTF8((nint)text));
    });

    /// <summary>What the driver answers to being woken, 0 where it works, and its words; null where there is none.</summary>
    public static (int Answer, string? Text)? Wake => s_wake.Value;

    /// <summary>
    /// What is put into the stream later waits until the event's last recorded point has been passed; the host goes on. Any
    /// thread with the context bound. Returns the driver's error code.
    /// </summary>
    public static int StreamWaitEvent(nint stream, nint marker)
        => ((delegate* unmanaged<nint, nint, uint, int>)s_streamWaitEvent.Value)(stream, marker, 0);

    /// <summary>The driver's library, which a working driver has loaded already.</summary>
    /// <exception cref="DllNotFoundException">There is none.</exception>
    public static nint Load()
        => TryLoad(out nint handle) ? handle : throw new DllNotFoundException("The NVIDIA driver's library was not found.");

    /// <summary>Like <see cref="Load"/>; a machine with a driver alone has libcuda.so.1, and libcuda.so comes with the toolkit.</summary>
    public static bool TryLoad(out nint handle)
    {
        string[] names = OperatingSystem.IsWindows()
            ? ["nvcuda.dll"]
            : ["libcuda.so.1", "libcuda.so", $"{CudaDevices.WslLibraries}/libcuda.so.1"];
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, out handle)) return true;
        }
        handle = 0;
        return false;
    }
}
