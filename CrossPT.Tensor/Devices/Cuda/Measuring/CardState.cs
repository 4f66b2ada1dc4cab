using System.Globalization;
using System.Runtime.InteropServices;
using ILGPU.Runtime.Cuda;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Clocks of a card as NVIDIA's management library (NVML) has them, to be read right after a measurement.
/// </summary>
/// <param name="Clock">Of the multiprocessors, MHz.</param>
/// <param name="MaxClock">The most it can be, MHz.</param>
/// <param name="MemoryClock">MHz.</param>
/// <param name="Celsius">Of the chip.</param>
/// <param name="Throttling">NVML's reasons for a lower clock, a bit each.</param>
internal sealed record CardState(int Clock, int MaxClock, int MemoryClock, int Celsius, ulong Throttling)
{
    // nvmlClocksThrottleReasons of NVML's header. That it is idle, or that clocks were set by hand, is no throttling.
    private static readonly (ulong Bit, string Text)[] s_reasons =
    [
        (0x04, "power cap"), (0x08, "hardware slowdown"), (0x10, "sync boost"), (0x20, "thermal slowdown"),
        (0x40, "hardware thermal slowdown"), (0x80, "power brake"),
    ];

    private static readonly string s_libraryName = OperatingSystem.IsWindows() ? "nvml.dll" : "libnvidia-ml.so.1";
    private static readonly Lazy<nint> s_library = new(LoadLibrary);

    /// <summary>Why the card is slower than it could be, in words.</summary>
    public IReadOnlyList<string> Reasons
        => [.. s_reasons.Where(reason => (Throttling & reason.Bit) != 0).Select(static reason => reason.Text)];

    /// <summary>Null, and why, where there is no NVML or the back end is not on a card.</summary>
    public static CardState? Read(CudaBackend backend, out string? absence)
    {
        absence = null;
        if (backend.Cuda is not { } accelerator)
        {
            absence = "clocks: no CUDA device";
            return null;
        }
        try
        {
            nint library = s_library.Value;
            using NvmlDevice device = NvmlDevice.CreateFromAccelerator(accelerator);
            return new CardState(
                (int)device.GetStreamingMultiprocessorClockSpeed(),
                (int)device.GetMaxStreamingMultiprocessorClockSpeed(),
                (int)device.GetMemoryClockSpeed(), (int)device.GetGpuTemperature(),
                ReadThrottling(library, device.DeviceHandle));
        }
        catch (Exception error) when (CublasProduct.IsAbsence(error))
        {
            string reason = error is DllNotFoundException
                ? $"no {s_libraryName} was found"
                : error.Message.ReplaceLineEndings(" ");
            absence = $"clocks: NVML not available ({reason})";
            return null;
        }
    }

    public override string ToString()
    {
        string throttling = Reasons.Count == 0 ? "not throttled" : $"throttled: {string.Join(", ", Reasons)}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"clocks: {Clock} of {MaxClock} MHz, memory {MemoryClock} MHz, {Celsius} °C, {throttling}");
    }

    /// <summary>ILGPU does not import this call.</summary>
    private static unsafe ulong ReadThrottling(nint library, nint device)
    {
        nint call = NativeLibrary.GetExport(library, "nvmlDeviceGetCurrentClocksThrottleReasons");
        ulong reasons = 0;
        int status = ((delegate* unmanaged<nint, ulong*, int>)call)(device, &reasons);
        return status == 0 ? reasons : 0;
    }

    // ILGPU asks for libnvidia-ml.so: a link that the toolkit has, a driver alone and a container often not.
    private static nint LoadLibrary()
    {
        nint library = NativeLibrary.Load(s_libraryName);
        NativeLibrary.SetDllImportResolver(
            typeof(NvmlDevice).Assembly,
            (name, _, _) => name.Contains("nvidia-ml", StringComparison.Ordinal) ? library : 0);
        return library;
    }
}
