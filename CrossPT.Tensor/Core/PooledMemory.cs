namespace CrossPT.Tensors;

/// <summary>
/// A back end's memory: a <see cref="BlockPool"/> over large segments, which a device's own class gets and gives back.
/// Safe to call from several threads.
/// </summary>
internal abstract class PooledMemory(IBackend backend) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly BlockPool _pool = new();
    private readonly HashSet<nint> _segments = [];
    private bool _disposed;

    /// <summary>Bytes held from the device or the system; constant from step to step after warm-up.</summary>
    public long ReservedBytes => _pool.ReservedBytes;

    /// <summary>Bytes of blocks in use.</summary>
    public long UsedBytes => _pool.UsedBytes;

    /// <summary>The most bytes that were in use at one time.</summary>
    public long HighestUsedBytes => _pool.HighestUsedBytes;

    /// <summary>A block, free again for others when its storage is released.</summary>
    /// <exception cref="OutOfMemoryException">There is no such block and no room for another segment.</exception>
    public Storage Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        long size = BlockPool.Round(bytes);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, backend);
            nint address = _pool.Take(size);
            if (address == 0)
            {
                Grow(size);
                address = _pool.Take(size);
            }
            return new Storage(backend, address, bytes, Free);
        }
    }

    /// <summary>Gives all segments back.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            foreach (nint segment in _segments) FreeSegment(segment);
            _segments.Clear();
        }
    }

    /// <summary>Adds a segment that holds <paramref name="size"/> bytes.</summary>
    /// <exception cref="OutOfMemoryException">There is no room for it.</exception>
    protected abstract void Grow(long size);

    /// <summary>Gives a segment back to where it came from.</summary>
    protected abstract void FreeSegment(nint address);

    /// <summary>Adds a segment to the pool.</summary>
    protected void AddSegment(nint address, long bytes)
    {
        _segments.Add(address);
        _pool.AddSegment(address, bytes);
    }

    /// <summary>Gives back the segments that no block lies in.</summary>
    protected void FreeUnusedSegments()
    {
        lock (_gate)
        {
            foreach (nint segment in _pool.RemoveFreeSegments())
            {
                _segments.Remove(segment);
                FreeSegment(segment);
            }
        }
    }

    private void Free(Storage storage)
    {
        lock (_gate)
        {
            if (!_disposed) _pool.Give(storage.Address);
        }
    }
}
