namespace CrossPT.Tensors.Cuda;

/// <summary>
/// A device's memory. A released block can be reused at once, even if kernels that use it have not run yet: whatever
/// uses it next comes later on the same stream.
/// </summary>
/// <param name="backend">The back end whose tensors live here.</param>
/// <param name="port">The device.</param>
/// <param name="reserve">
/// Bytes of device memory that the pool never takes: the driver needs them to load kernels. Growth is compared with the
/// free bytes first, because a driver may answer a larger request from system memory (Windows), at a fraction of the
/// speed.
/// </param>
internal sealed class DeviceMemory(IBackend backend, IDevicePort port, long reserve = 0) : PooledMemory(backend)
{
    private const long SegmentBytes = 64L << 20;

    private readonly string _name = backend.Name;

    /// <summary>Bytes that are free on the device, in no segment.</summary>
    public long FreeBytes => port.FreeBytes;

    /// <summary>
    /// Gives back the segments nobody uses. Kernels launched earlier may still read them: they finish first.
    /// </summary>
    public void FreeUnused()
    {
        port.Synchronize();
        FreeUnusedSegments();
    }

    /// <exception cref="OutOfMemoryException">
    /// The device has no such block; the message says what was asked for, held and free.
    /// </exception>
    protected override void Grow(long size)
    {
        if (TryAddLarge(size)) return;
        // Segments nobody uses may together make room.
        FreeUnused();
        if (TryAddSegment(size)) return;
        throw new OutOfMemoryException(
            $"{_name}: {size / 1048576.0:F1} MiB were asked for; {UsedBytes >> 20} MiB are in use, "
            + $"{ReservedBytes >> 20} MiB are held, {FreeBytes >> 20} MiB are free on the device, of which "
            + $"{reserve >> 20} are kept for kernels.");
    }

    protected override void FreeSegment(nint address) => port.Free(address);

    /// <summary>
    /// A whole segment, or the largest part of one there is room for: where a device is nearly full, one for each small
    /// tensor would be slow.
    /// </summary>
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
        if (bytes > port.FreeBytes - reserve) return false;
        nint address = port.Allocate(bytes);
        if (address == 0) return false;
        AddSegment(address, bytes);
        return true;
    }
}
