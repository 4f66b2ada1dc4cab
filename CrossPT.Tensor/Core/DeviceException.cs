namespace CrossPT.Tensors;

/// <summary>
/// A device that is not there, cannot be used, or failed at work. The message is one sentence that names it.
/// </summary>
public sealed class DeviceException : Exception
{
    /// <summary>
    /// An error of a device; <paramref name="isFault"/> if the device failed at work, not if it was unavailable.
    /// </summary>
    public DeviceException(string message, bool isFault = false, Exception? inner = null)
        : base(message, inner) => IsFault = isFault;

    /// <summary>Whether the device failed at work: a kernel's fault, a lost device.</summary>
    public bool IsFault { get; }
}
