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
/// What an accelerator's driver does with memory: raw blocks, pinned host memory, copies in the order of a queue.
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
    /// What is put into a queue later waits until the point that is marked now has been passed; the host goes on.
    /// Nothing where none was marked.
    /// </summary>
    void Follow(int marker, PortQueue queue);

    /// <summary>The host waits until the marked point has been passed; not at all where none was marked.</summary>
    void Await(int marker);

    /// <summary>Waits for all that was launched.</summary>
    /// <exception cref="DeviceException">A kernel or a copy failed.</exception>
    void Synchronize();
}
