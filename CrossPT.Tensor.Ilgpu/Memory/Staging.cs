namespace CrossPT.Tensors.Ilgpu;

/// <summary>
/// Pinned memory between host and device. Uploads go through a ring of slots: the host fills one and goes on while the device copies, so that
/// batches overlap with kernels and the pieces of a weight with one another. Safe to call from several threads.
/// </summary>
internal sealed unsafe class Staging(IDevicePort port) : IDisposable
{
    /// <summary>Slots of the ring; each has a marker of the port.</summary>
    public const int Slots = 8;
    private const int SlotBytes = 1 << 20;

    private readonly Lock _gate = new();
    private byte* _ring;
    private byte* _back;
    private int _next;

    /// <summary>Copies to the device; when it returns, the source may change, and whatever is launched later sees the copy.</summary>
    public void Upload(ReadOnlySpan<byte> source, nint destination)
    {
        lock (_gate)
        {
            if (_ring == null) _ring = port.AllocatePinned(Slots * SlotBytes);
            while (source.Length > 0)
            {
                int count = Math.Min(SlotBytes, source.Length);
                byte* slot = _ring + ((nint)_next * SlotBytes);
                port.Await(_next);
                source[..count].CopyTo(new Span<byte>(slot, count));
                port.Copy((nint)slot, destination, count);
                port.Record(_next);
                _next = (_next + 1) % Slots;
                source = source[count..];
                destination += count;
            }
        }
    }

    /// <summary>Copies from the device; returns when the bytes are there.</summary>
    public void Download(nint source, Span<byte> destination)
    {
        lock (_gate)
        {
            if (_back == null) _back = port.AllocatePinned(SlotBytes);
            while (destination.Length > 0)
            {
                int count = Math.Min(SlotBytes, destination.Length);
                port.Copy(source, (nint)_back, count);
                port.Synchronize();
                new ReadOnlySpan<byte>(_back, count).CopyTo(destination);
                source += count;
                destination = destination[count..];
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_ring != null) port.FreePinned(_ring);
            if (_back != null) port.FreePinned(_back);
            _ring = _back = null;
        }
    }
}
