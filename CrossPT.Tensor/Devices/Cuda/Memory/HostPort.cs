using System.Runtime.InteropServices;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>The memory of ILGPU's CPU accelerator, which is the host's.</summary>
internal sealed unsafe class HostPort(AcceleratorStream stream) : IDevicePort
{
    public long FreeBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    public nint Allocate(long bytes)
    {
        try
        {
            return (nint)NativeMemory.AlignedAlloc((nuint)bytes, 256);
        }
        catch (OutOfMemoryException)
        {
            return 0;
        }
    }

    public void Free(nint address) => NativeMemory.AlignedFree((void*)address);

    public byte* AllocatePinned(int bytes) => (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 256);

    public void FreePinned(byte* address) => NativeMemory.AlignedFree(address);

    public void Copy(nint source, nint destination, long bytes, PortQueue queue)
    {
        if (queue == PortQueue.Kernels) stream.Synchronize();
        Buffer.MemoryCopy((void*)source, (void*)destination, bytes, bytes);
    }

    public void Record(int marker, PortQueue queue)
    {
    }

    public void Follow(int marker, PortQueue queue)
    {
    }

    public void Await(int marker)
    {
    }

    public void Synchronize() => stream.Synchronize();

    public void Dispose()
    {
    }
}
