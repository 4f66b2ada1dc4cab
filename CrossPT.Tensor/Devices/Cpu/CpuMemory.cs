using System.Runtime.InteropServices;

namespace CrossPT.Tensors.Cpu;

/// <summary>The CPU back end's memory: segments go back to the system when the back end is disposed.</summary>
internal sealed unsafe partial class CpuMemory(IBackend backend) : PooledMemory(backend)
{
    private const long SegmentBytes = 32L << 20;
    private const nuint HugePage = 2u << 20;

    /// <summary>
    /// Memory of its own, outside the segments, on huge pages where the system has them: for weights.
    /// </summary>
    /// <exception cref="OutOfMemoryException">The system has no such block.</exception>
    public static nint AllocatePages(long bytes)
    {
        nuint aligned = ((nuint)bytes + HugePage - 1) / HugePage * HugePage;
        void* address;
        try
        {
            address = NativeMemory.AlignedAlloc(
                bytes < (long)HugePage ? (nuint)bytes : aligned, bytes < (long)HugePage ? 64 : HugePage);
        }
        catch (OutOfMemoryException)
        {
            throw new OutOfMemoryException($"cpu: {bytes >> 20} MiB were asked for and the system has no such block.");
        }
        if (bytes >= (long)HugePage && OperatingSystem.IsLinux()) _ = AdviseHugePages((nint)address, aligned, 14);
        return (nint)address;
    }

    // Weights of hundreds of MB are walked with strides of a page and more: with 4 KB pages the product waits for
    // address translation.
    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int AdviseHugePages(nint address, nuint length, int advice);

    protected override void Grow(long size)
    {
        long bytes = Math.Max(size, SegmentBytes);
        AddSegment(AllocatePages(bytes), bytes);
    }

    protected override void FreeSegment(nint address) => NativeMemory.AlignedFree((void*)address);
}
