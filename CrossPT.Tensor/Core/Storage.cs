namespace CrossPT.Tensors;

/// <summary>
/// A block of a device's memory, shared by a tensor and its views and given back when the last of them is disposed.
/// </summary>
/// <remarks>
/// Counted, not collected: memory returns at a known line of the program. The finalizer is a net for leaks only.
/// </remarks>
public sealed class Storage
{
    private readonly Action<Storage> _release;
    private int _references = 1;
    private IDisposable? _attachment;

    /// <summary>
    /// A block at <paramref name="address"/>; <paramref name="release"/> is called once, when nothing refers to it any
    /// more.
    /// </summary>
    public Storage(IBackend backend, nint address, long byteLength, Action<Storage> release)
    {
        Backend = backend;
        Address = address;
        ByteLength = byteLength;
        _release = release;
    }

    /// <summary>Returns a forgotten block to its back end.</summary>
    ~Storage()
    {
        if (Address != 0) _release(this);
    }

    /// <summary>The back end whose memory this is.</summary>
    public IBackend Backend { get; }

    /// <summary>Device address of the first byte; 0 once released.</summary>
    public nint Address { get; private set; }

    /// <summary>Usable bytes.</summary>
    public long ByteLength { get; }

    /// <summary>
    /// What a back end keeps with the elements, as a copy in another type; disposed where it is replaced, and with the
    /// block.
    /// </summary>
    internal IDisposable? Attachment
    {
        get => _attachment;
        set => Interlocked.Exchange(ref _attachment, value)?.Dispose();
    }

    /// <summary>Tensors that refer to it.</summary>
    internal int References => Volatile.Read(ref _references);

    internal void Retain()
    {
        if (Interlocked.Increment(ref _references) <= 1) throw new ObjectDisposedException(nameof(Storage));
    }

    internal void Release()
    {
        if (Interlocked.Decrement(ref _references) != 0) return;
        GC.SuppressFinalize(this);
        Attachment = null;
        _release(this);
        Address = 0;
    }
}
