using CrossPT.Runner.Cli;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Cuda;

namespace CrossPT.Runner.Devices;

/// <summary>
/// What <c>--device</c> means on this machine. <c>auto</c> is the first CUDA device that can be opened, else the CPU,
/// with one line that says which device was passed over and why.
/// </summary>
/// <param name="device">The value of <c>--device</c>.</param>
/// <param name="precision">
/// That of <c>--precision</c>, as a word: a field of the enumeration would load its library for <c>--help</c> too.
/// </param>
/// <param name="note">Told which device was passed over.</param>
internal sealed class DeviceChoice(string device, string precision, Action<string> note) : IDisposable
{
    private readonly Lock _gate = new();
    private bool _isResolved;
    private int? _index;
    private IBackend? _opened;

    /// <summary>Whether the work is done on the CPU.</summary>
    public bool IsCpu
    {
        get
        {
            lock (_gate)
            {
                Resolve();
                return _index is null;
            }
        }
    }

    /// <summary>Opens the device; on the CPU with that many threads and frozen weights of that type.</summary>
    /// <exception cref="DeviceException">The device that was named cannot be opened.</exception>
    public IBackend Open(int threads, DType weights = DType.Float32)
    {
        lock (_gate)
        {
            Resolve();
            if (_index is not { } index)
            {
                if (PrecisionOf(precision) != MatrixPrecision.Float32)
                    throw new UserException(
                        $"--precision: found '{precision}', expected fp32, the only one the CPU computes in");
                return new CpuBackend(threads, weights: weights);
            }
            IBackend? opened = _opened;
            _opened = null;
            return opened ?? DeviceTable.OpenCuda(index, PrecisionOf(precision));
        }
    }

    /// <summary>The precision that a value of <c>--precision</c> names.</summary>
    public static MatrixPrecision PrecisionOf(string word) =>
        Enum.GetValues<MatrixPrecision>().Single(precision => precision.Name() == word);

    /// <summary>Closes a device that was tried and then not used.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _opened?.Dispose();
            _opened = null;
        }
    }

    private void Resolve()
    {
        if (_isResolved) return;
        _index = device == "auto" ? FindUsable() : DeviceTable.CudaIndex(device);
        _isResolved = true;
    }

    /// <summary>The only proof that a device can be used is to open it; it stays open for the command.</summary>
    private int? FindUsable()
    {
        string? reason = CudaDevices.DriverFault is { } fault ? $"the NVIDIA driver does not work: {fault}" : null;
        for (int i = 0; i < CudaDevices.All().Count; i++)
        {
            try
            {
                _opened = DeviceTable.OpenCuda(i, PrecisionOf(precision));
                return i;
            }
            catch (DeviceException error)
            {
                reason ??= error.Message;
            }
        }
        if (reason is not null) note($"computing on the CPU: {reason}");
        return null;
    }
}
