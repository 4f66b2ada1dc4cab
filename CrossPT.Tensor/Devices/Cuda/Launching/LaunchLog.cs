namespace CrossPT.Tensors.Cuda;

/// <summary>Kernels launched since the device was last known to be sound; a fault's message names them.</summary>
internal sealed class LaunchLog
{
    private KernelMethod? _last;

    public void Add(KernelMethod kernel) => _last = kernel;

    /// <summary>To be called where all that was launched has succeeded.</summary>
    public void Clear() => _last = null;

    /// <summary>
    /// Launches are asynchronous: a fault may be that of any kernel up to the last. Empty where there was none.
    /// </summary>
    public string Suspects => _last is null ? "" : $" in or before kernel {_last.Name}";
}
