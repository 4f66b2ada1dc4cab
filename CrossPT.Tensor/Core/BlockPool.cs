namespace CrossPT.Tensors;

/// <summary>
/// Segments of a device's memory cut into blocks: best fit, neighbours joined again when they are freed. It keeps the
/// books and never touches the memory.
/// </summary>
/// <remarks>
/// Batches without padding have a different size at every step, so blocks cannot be kept by size: joined neighbours
/// serve any later size, and after a few steps no segment is added any more. Not thread-safe: its owner locks.
/// </remarks>
internal sealed class BlockPool
{
    private const long Granularity = 256;

    private readonly SortedSet<Block> _free = new(
        Comparer<Block>.Create(
            static (a, b) => a.Bytes != b.Bytes ? a.Bytes.CompareTo(b.Bytes) : a.Address.CompareTo(b.Address)));
    private readonly Dictionary<nint, Block> _used = [];

    /// <summary>Bytes of all segments.</summary>
    public long ReservedBytes { get; private set; }

    /// <summary>Bytes of blocks in use.</summary>
    public long UsedBytes { get; private set; }

    /// <summary>The most bytes that were in use at one time.</summary>
    public long HighestUsedBytes { get; private set; }

    /// <summary>Bytes a block of this many takes: whole granules.</summary>
    public static long Round(long bytes) => checked(bytes + Granularity - 1) / Granularity * Granularity;

    /// <summary>
    /// Takes the smallest free block that holds <paramref name="bytes"/>, which <see cref="Round"/> gave; 0 where there
    /// is none.
    /// </summary>
    public nint Take(long bytes)
    {
        Block? block = _free.GetViewBetween(new Block(0, bytes), new Block(nint.MaxValue, long.MaxValue)).Min;
        if (block is null) return 0;
        _free.Remove(block);
        if (block.Bytes > bytes) Split(block, bytes);
        block.IsFree = false;
        _used.Add(block.Address, block);
        UsedBytes += block.Bytes;
        HighestUsedBytes = Math.Max(HighestUsedBytes, UsedBytes);
        return block.Address;
    }

    /// <summary>Takes a block back; false where it is none of this pool.</summary>
    public bool Give(nint address)
    {
        if (!_used.Remove(address, out Block? block)) return false;
        UsedBytes -= block.Bytes;
        block.IsFree = true;
        if (block.Next is { IsFree: true } next)
        {
            _free.Remove(next);
            Absorb(block, next);
        }
        if (block.Previous is { IsFree: true } previous)
        {
            _free.Remove(previous);
            Absorb(previous, block);
            block = previous;
        }
        _free.Add(block);
        return true;
    }

    /// <summary>Adds a segment, as one free block.</summary>
    public void AddSegment(nint address, long bytes)
    {
        ReservedBytes += bytes;
        _free.Add(new Block(address, bytes) { IsFree = true });
    }

    /// <summary>Takes the segments out that no block lies in; the owner gives them back to the device.</summary>
    public List<nint> RemoveFreeSegments()
    {
        List<Block> whole = [.. _free.Where(static block => block.Previous is null && block.Next is null)];
        foreach (Block block in whole)
        {
            _free.Remove(block);
            ReservedBytes -= block.Bytes;
        }
        return [.. whole.Select(static block => block.Address)];
    }

    private void Split(Block block, long bytes)
    {
        Block rest = new(block.Address + (nint)bytes, block.Bytes - bytes)
        {
            IsFree = true,
            Previous = block,
            Next = block.Next,
        };
        if (block.Next is not null) block.Next.Previous = rest;
        block.Next = rest;
        block.Bytes = bytes;
        _free.Add(rest);
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
