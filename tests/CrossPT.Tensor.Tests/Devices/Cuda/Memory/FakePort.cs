using System.Runtime.InteropServices;
using CrossPT.Tensors.Cuda;

namespace CrossPT.Tensors.Tests.Cuda;

/// <summary>A device of so many bytes that copies at once and writes down what was asked of it.</summary>
internal sealed unsafe class FakePort(long capacity) : IDevicePort
{
    private readonly Dictionary<nint, long> _blocks = [];
    private nint _next = 0x1000_0000;

    public List<string> Log { get; } = [];

    public long FreeBytes => capacity - _blocks.Values.Sum();

    public nint Allocate(long bytes)
    {
        if (bytes > FreeBytes) return 0;
        nint address = _next;
        _next += (nint)bytes;
        _blocks.Add(address, bytes);
        return address;
    }

    public void Free(nint address) => Assert.True(_blocks.Remove(address));

    public byte* AllocatePinned(int bytes) => (byte*)NativeMemory.Alloc((nuint)bytes);

    public void FreePinned(byte* address) => NativeMemory.Free(address);

    public void Copy(nint source, nint destination, long bytes, PortQueue queue)
    {
        Log.Add("copy");
        Buffer.MemoryCopy((void*)source, (void*)destination, bytes, bytes);
    }

    public void Record(int marker, PortQueue queue) => Log.Add($"record {marker}");

    public void Follow(int marker, PortQueue queue) => Log.Add($"follow {marker}");

    public void Await(int marker) => Log.Add($"await {marker}");

    public void Synchronize() => Log.Add("synchronize");

    public void Dispose()
    {
    }
}
