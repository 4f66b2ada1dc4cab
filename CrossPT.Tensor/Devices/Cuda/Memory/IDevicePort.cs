namespace CrossPT.Tensors.Cuda;

/// <summary>
/// The two orders of a device's work: within one everything runs in turn, between them only what is asked for is
/// ordered.
/// </summary>
internal enum PortQueue
{
    /// <summary>Kernels, and copies that must stand in their order.</summary>
    Kernels,

    /// <summary>Copies from the host, beside whatever kernels are running.</summary>
    Copies,
}

/// <summary>
/// Memory operations of an accelerator's driver: raw blocks, pinned host memory, copies ordered by queue.
/// </summary>
internal unsafe interface IDevicePort : IDisposable
{
    /// <summary>A block of device memory, 256-byte aligned; 0 where the device has none.</summary>
    nint Allocate(long bytes);

    /// <summary>Gives a block back; what fails here is not told, for the device may be lost already.</summary>
    void Free(nint address);

    /// <summary>Bytes of device memory no process holds.</summary>
    long FreeBytes { get; }

    /// <summary>Host memory the device copies from and to by itself.</summary>
    byte* AllocatePinned(int bytes);

    /// <summary>Gives pinned memory back.</summary>
    void FreePinned(byte* address);

    /// <summary>Copies, in the order of a queue; the host goes on. One side may be pinned memory.</summary>
    void Copy(nint source, nint destination, long bytes, PortQueue queue);

    /// <summary>Marks this point of a queue; a marker used again forgets where it was.</summary>
    void Record(int marker, PortQueue queue);

    /// <summary>
    /// Makes later work of a queue wait for the point recorded last; the host does not wait. No-op if nothing was
    /// recorded.
    /// </summary>
    void Follow(int marker, PortQueue queue);

    /// <summary>The host waits until the marked point has been passed; not at all where none was marked.</summary>
    void Await(int marker);

    /// <summary>Waits for all that was launched.</summary>
    /// <exception cref="DeviceException">A kernel or a copy failed.</exception>
    void Synchronize();
}
