namespace CrossPT.Tensors;

/// <summary>
/// A device that is not there, cannot be used, or failed at work. The message is one sentence that names it.
/// </summary>
public sealed class DeviceException : Exception
{
    /// <summary>
    /// What happened to which device; <paramref name="isFault"/> where it failed at work, not where it was asked for in
    /// vain.
    /// </summary>
    public DeviceException(string message, bool isFault = false, Exception? inner = null)
        : base(message, inner) => IsFault = isFault;

    /// <summary>Whether the device failed at work: a kernel's fault, a lost device.</summary>
    public bool IsFault { get; }
}
