namespace CrossPT.Tensors.Cuda;

/// <summary>
/// A device's memory. A block is free for others as soon as it is given back, though kernels that use it may still wait their turn: whatever comes after
/// them comes later on the same stream.
/// </summary>
internal sealed class DeviceMemory(IBackend backend, IDevicePort port) : PooledMemory(backend)
{
    private const long SegmentBytes = 64L << 20;

    private readonly string _name = backend.Name;

    /// <exception cref="OutOfMemoryException">The device has no such block; the message says what was asked for, held and free.</exception>
    protected override void Grow(long size)
    {
        if (TryAddLarge(size)) return;
        // Segments nobody uses may together make room. Kernels launched earlier may still read them: they finish first.
        port.Synchronize();
        FreeUnusedSegments();
        if (TryAddSegment(size)) return;
        throw new OutOfMemoryException(
            $"{_name}: {size / 1048576.0:F1} MiB were asked for; {UsedBytes >> 20} MiB are in use, {ReservedBytes >> 20} MiB are held, {port.FreeBytes >> 20} MiB are free on the device.");
    }

    protected override void FreeSegment(nint address) => port.Free(address);

    /// <summary>A whole segment, or the largest part of one there is room for: where a device is nearly full, one for each small tensor would be slow.</summary>
    private bool TryAddLarge(long size)
    {
        for (long bytes = Math.Max(size, SegmentBytes); bytes > size; bytes /= 2)
        {
            if (TryAddSegment(bytes)) return true;
        }
        return TryAddSegment(size);
    }

    private bool TryAddSegment(long bytes)
    {
        nint address = port.Allocate(bytes);
        if (address == 0) return false;
        AddSegment(address, bytes);
        return true;
    }
}
