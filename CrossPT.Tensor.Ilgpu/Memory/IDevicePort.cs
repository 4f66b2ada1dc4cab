namespace CrossPT.Tensors.Ilgpu;

/// <summary>What an accelerator's driver does with memory: raw blocks, pinned host memory, copies in the order of the stream.</summary>
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

    /// <summary>Copies, in the order of the stream; the host goes on. One side may be pinned memory.</summary>
    void Copy(nint source, nint destination, long bytes);

    /// <summary>Marks this point of the stream.</summary>
    void Record(int marker);

    /// <summary>Waits until the stream has passed the marked point; at once where none was marked.</summary>
    void Await(int marker);

    /// <summary>Waits for all that was launched.</summary>
    /// <exception cref="DeviceException">A kernel or a copy failed.</exception>
    void Synchronize();
}
