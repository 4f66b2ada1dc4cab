namespace CrossPT.Tensors.Ilgpu;

/// <summary>
/// A device's memory: a <see cref="BlockPool"/> over large segments of it. A block is free for others as soon as it is given back, though kernels
/// that use it may still wait their turn: whatever comes after them comes later on the same stream.
/// </summary>
internal sealed class DeviceMemory(IBackend backend, IDevicePort port) : IDisposable
{
    private const long SegmentBytes = 64L << 20;

    private readonly Lock _gate = new();
    private readonly BlockPool _pool = new();
    private readonly HashSet<nint> _segments = [];
    private bool _disposed;

    /// <summary>Bytes held from the device; constant from step to step after warm-up.</summary>
    public long ReservedBytes => _pool.ReservedBytes;

    /// <summary>Bytes of tensors and weights.</summary>
    public long UsedBytes => _pool.UsedBytes;

    /// <summary>The most bytes tensors and weights had at one time.</summary>
    public long HighestUsedBytes => _pool.HighestUsedBytes;

    /// <exception cref="OutOfMemoryException">The device has no such block; the message says what was asked for, held and free.</exception>
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
            foreach (nint segment in _segments) port.Free(segment);
            _segments.Clear();
        }
    }

    private void AddSegment(long size)
    {
        if (TryAddSegment(Math.Max(size, SegmentBytes)) || TryAddSegment(size)) return;
        // Segments nobody uses may together make room. Kernels launched earlier may still read them: they finish first.
        port.Synchronize();
        foreach (nint segment in _pool.RemoveFreeSegments())
        {
            _segments.Remove(segment);
            port.Free(segment);
        }
        if (TryAddSegment(size)) return;
        throw new OutOfMemoryException(
            $"{backend.Name}: {size / 1048576.0:F1} MiB were asked for; {UsedBytes >> 20} MiB are in use, {ReservedBytes >> 20} MiB are held, {port.FreeBytes >> 20} MiB are free on the device.");
    }

    private bool TryAddSegment(long bytes)
    {
        nint address = port.Allocate(bytes);
        if (address == 0) return false;
        _segments.Add(address);
        _pool.AddSegment(address, bytes);
        return true;
    }

    private void Free(Storage storage)
    {
        lock (_gate)
        {
            if (!_disposed) _pool.Give(storage.Address);
        }
    }
}
