using System.Runtime.InteropServices;

namespace CrossPT.Tensors.Cpu;

/// <summary>One worker's working memory for packed operands: grows while the first steps run and stays.</summary>
internal sealed unsafe class Scratch : IDisposable
{
    private nint _address;
    private long _bytes;

    /// <summary>
    /// Room for <paramref name="count"/> floats, 64-byte aligned, contents undefined; valid until the next call.
    /// </summary>
    public float* Floats(long count)
    {
        long bytes = checked(count * sizeof(float));
        if (bytes > _bytes)
        {
            NativeMemory.AlignedFree((void*)_address);
            _address = 0;
            _bytes = 0;
            _address = CpuMemory.AllocatePages(bytes);
            _bytes = bytes;
        }
        return (float*)_address;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree((void*)_address);
        _address = 0;
        _bytes = 0;
    }
}
