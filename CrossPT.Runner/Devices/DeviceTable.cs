using CrossPT.Runner.Cli;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Runner.Devices;

/// <summary>The back ends this build holds, and the devices <c>--device</c> can name.</summary>
internal static class DeviceTable
{
    public static IReadOnlyList<string> BackendsBuiltIn { get; } = ["cpu"];

    /// <summary>Opens the device that <c>--device</c> names.</summary>
    public static IBackend Open(string device, int threads)
    {
        Check(device);
        return new CpuBackend(threads);
    }

    /// <summary>Refuses a device that is no device, or not one of this build.</summary>
    public static void Check(string device)
    {
        if (device is "auto" or "cpu") return;
        if (IsCuda(device))
            throw new UserException($"--device: found '{device}', but the CUDA back end is not built into this crosspt (built in: {string.Join(", ", BackendsBuiltIn)})");
        throw new UserException($"--device: found '{device}', expected auto, cpu, cuda or cuda:n");
    }

    private static bool IsCuda(string device) =>
        device == "cuda" || (device.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(device.AsSpan(5), System.Globalization.NumberStyles.None, null, out _));
}
