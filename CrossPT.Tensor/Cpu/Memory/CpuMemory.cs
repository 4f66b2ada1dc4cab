using System.Runtime.InteropServices;

namespace CrossPT.Tensors.Cpu;

/// <summary>The CPU back end's memory: a <see cref="BlockPool"/> over large segments, which go back to the system when the back end is disposed.</summary>
internal sealed unsafe partial class CpuMemory(IBackend backend) : IDisposable
{
    private const long SegmentBytes = 32L << 20;
    private const nuint HugePage = 2u << 20;

    private readonly Lock _gate = new();
    private readonly BlockPool _pool = new();
    private readonly List<nint> _segments = [];
    private bool _disposed;

    /// <summary>Bytes held from the system.</summary>
    public long ReservedBytes => _pool.ReservedBytes;

    /// <summary>Bytes of blocks in use.</summary>
    public long UsedBytes => _pool.UsedBytes;

    /// <summary>The most bytes of blocks in use at one time.</summary>
    public long HighestUsedBytes => _pool.HighestUsedBytes;

    public Storage Allocate(long bytes)
    {
        long size = BlockPool.Round(bytes);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, backend);
            nint address = _pool.Take(size);
            if (address == 0)
            {
                AddSegment(size);
                address = _pool.Take(size);
            }
            return new Storage(backend, address, bytes, Free);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            foreach (nint segment in _segments) NativeMemory.AlignedFree((void*)segment);
            _segments.Clear();
        }
    }

    /// <summary>Memory of its own, outside the segments, on huge pages where the system has them: for weights.</summary>
    /// <exception cref="OutOfMemoryException">The system has no such block.</exception>
    public static nint AllocatePages(long bytes)
    {
        nuint aligned = ((nuint)bytes + HugePage - 1) / HugePage * HugePage;
        void* address;
        try
        {
            address = NativeMemory.AlignedAlloc(bytes < (long)HugePage ? (nuint)bytes : aligned, bytes < (long)HugePage ? 64 : HugePage);
        }
        catch (OutOfMemoryException)
        {
            throw new OutOfMemoryException($"cpu: {bytes >> 20} MiB were asked for and the system has no such block.");
        }
        if (bytes >= (long)HugePage && OperatingSystem.IsLinux()) _ = AdviseHugePages((nint)address, aligned, 14);
        return (nint)address;
    }

    // Weights of hundreds of MB are walked with strides of a page and more: with 4 KB pages the product waits for address translation.
    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int AdviseHugePages(nint address, nuint length, int advice);

    private void AddSegment(long size)
    {
        long bytes = Math.Max(size, SegmentBytes);
        nint address = AllocatePages(bytes);
        _segments.Add(address);
        _pool.AddSegment(address, bytes);
    }

    private void Free(Storage storage)
    {
        lock (_gate)
        {
            if (!_disposed) _pool.Give(storage.Address);
        }
    }
}
