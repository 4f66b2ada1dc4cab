using System.Runtime.InteropServices;

namespace CrossPT.Tensors.Cpu;

/// <summary>
/// The CPU back end's memory: large segments cut into blocks, best fit, neighbours joined again when they are freed.
/// </summary>
/// <remarks>
/// Batches without padding have a different size at every step, so blocks cannot be kept by size: joined neighbours serve any later size, and
/// after a few steps no segment is added any more. Segments go back to the system when the back end is disposed.
/// </remarks>
internal sealed unsafe partial class CpuMemory(IBackend backend) : IDisposable
{
    private const long Granularity = 256;
    private const long SegmentBytes = 32L << 20;
    private const nuint HugePage = 2u << 20;

    private readonly Lock _gate = new();
    private readonly SortedSet<Block> _free = new(Comparer<Block>.Create(static (a, b) => a.Bytes != b.Bytes ? a.Bytes.CompareTo(b.Bytes) : a.Address.CompareTo(b.Address)));
    private readonly Dictionary<nint, Block> _used = [];
    private readonly List<nint> _segments = [];
    private bool _disposed;

    /// <summary>Bytes held from the system.</summary>
    public long ReservedBytes { get; private set; }

    /// <summary>Bytes of blocks in use.</summary>
    public long UsedBytes { get; private set; }

    public Storage Allocate(long bytes)
    {
        long size = checked(bytes + Granularity - 1) / Granularity * Granularity;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, backend);
            Block? block = Smallest(size) ?? AddSegment(size);
            _free.Remove(block);
            if (block.Bytes > size) Split(block, size);
            block.IsFree = false;
            _used.Add(block.Address, block);
            UsedBytes += block.Bytes;
            return new Storage(backend, block.Address, bytes, Free);
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
            _free.Clear();
            _used.Clear();
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

    private Block? Smallest(long size)
    {
        SortedSet<Block> fitting = _free.GetViewBetween(new Block(0, size), new Block(nint.MaxValue, long.MaxValue));
        return fitting.Min;
    }

    private Block AddSegment(long size)
    {
        long bytes = Math.Max(size, SegmentBytes);
        nint address = AllocatePages(bytes);
        _segments.Add(address);
        ReservedBytes += bytes;
        Block block = new(address, bytes) { IsFree = true };
        _free.Add(block);
        return block;
    }

    private void Split(Block block, long size)
    {
        Block rest = new(block.Address + (nint)size, block.Bytes - size) { IsFree = true, Previous = block, Next = block.Next };
        if (block.Next is not null) block.Next.Previous = rest;
        block.Next = rest;
        block.Bytes = size;
        _free.Add(rest);
    }

    private void Free(Storage storage)
    {
        lock (_gate)
        {
            if (_disposed || !_used.Remove(storage.Address, out Block? block)) return;
            UsedBytes -= block.Bytes;
            block.IsFree = true;
            if (block.Next is { IsFree: true } next) Join(block, next);
            if (block.Previous is { IsFree: true } previous)
            {
                _free.Remove(previous);
                Absorb(previous, block);
                block = previous;
            }
            _free.Add(block);
        }
    }

    private void Join(Block block, Block next)
    {
        _free.Remove(next);
        Absorb(block, next);
    }

    private static void Absorb(Block block, Block next)
    {
        block.Bytes += next.Bytes;
        block.Next = next.Next;
        if (next.Next is not null) next.Next.Previous = block;
    }

    private sealed class Block(nint address, long bytes)
    {
        public nint Address { get; } = address;
        public long Bytes { get; set; } = bytes;
        public bool IsFree { get; set; }
        public Block? Previous { get; set; }
        public Block? Next { get; set; }
    }
}
