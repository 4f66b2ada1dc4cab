namespace CrossPT.Runner.Devices;

/// <summary>Whether this machine has an NVIDIA driver, by the files the build looks for too; nothing is loaded.</summary>
internal static class NvidiaDriver
{
    private static readonly string[] s_places =
    [
        "/proc/driver/nvidia", "/usr/lib/wsl/lib/libcuda.so.1", "/usr/lib/x86_64-linux-gnu/libcuda.so.1", "/usr/lib/aarch64-linux-gnu/libcuda.so.1",
        "/usr/lib64/libcuda.so.1", "/usr/lib/libcuda.so.1",
    ];

    public static bool IsPresent => OperatingSystem.IsWindows()
        ? File.Exists(Path.Combine(Environment.SystemDirectory, "nvcuda.dll"))
        : s_places.Any(Path.Exists);
}
