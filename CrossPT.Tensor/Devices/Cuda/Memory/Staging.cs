namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Pinned memory between host and device. Uploads go through a ring of slots, each with a place of its own on the
/// device: the host fills one and goes on, the device fetches it beside whatever kernels are running, and the kernels'
/// queue, once it is there, puts it where it belongs. Safe to call from several threads.
/// </summary>
/// <remarks>
/// The destination may be memory that earlier kernels still read, for blocks are used again in the order of the
/// kernels' queue (<see cref="DeviceMemory"/>); so only that queue writes it, and it waits for its own upload alone.
/// The second copy is within the device, far faster than the first.
/// </remarks>
internal sealed unsafe class Staging(IDevicePort port, DeviceMemory memory) : IDisposable
{
    /// <summary>Slots of the ring.</summary>
    public const int Slots = 8;

    /// <summary>
    /// Markers of the port that are used: for each slot, that it has arrived on the device, and that it was taken from
    /// there.
    /// </summary>
    public const int Markers = 2 * Slots;

    /// <summary>Bytes of a slot.</summary>
    public const int SlotBytes = 1 << 20;

    private readonly Lock _gate = new();
    private Storage? _places;
    private byte* _ring;
    private byte* _back;
    private int _next;

    /// <summary>
    /// Copies to the device; when it returns, the source may change, and whatever is launched later sees the copy.
    /// </summary>
    public void Upload(ReadOnlySpan<byte> source, nint destination)
    {
        lock (_gate)
        {
            Storage places = _places ??= Open();
            while (source.Length > 0)
            {
                int count = Math.Min(SlotBytes, source.Length), arrived = _next, taken = Slots + _next;
                nint offset = (nint)_next * SlotBytes, place = places.Address + offset;
                byte* slot = _ring + offset;
                port.Await(arrived);
                source[..count].CopyTo(new Span<byte>(slot, count));
                port.Follow(taken, PortQueue.Copies);
                port.Copy((nint)slot, place, count, PortQueue.Copies);
                port.Record(arrived, PortQueue.Copies);
                port.Follow(arrived, PortQueue.Kernels);
                port.Copy(place, destination, count, PortQueue.Kernels);
                port.Record(taken, PortQueue.Kernels);
                _next = (_next + 1) % Slots;
                source = source[count..];
                destination += count;
            }
        }
    }

    /// <summary>
    /// Makes the ring. Kernels under way may still use the memory that its places on the device get, so the first
    /// copies come after them.
    /// </summary>
    private Storage Open()
    {
        if (_ring == null) _ring = port.AllocatePinned(Slots * SlotBytes);
        Storage places = memory.Allocate(Slots * SlotBytes);
        for (int slot = 0; slot < Slots; slot++) port.Record(Slots + slot, PortQueue.Kernels);
        return places;
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
                port.Copy(source, (nint)_back, count, PortQueue.Kernels);
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
            _places?.Release();
            _ring = _back = null;
            _places = null;
        }
    }
}
