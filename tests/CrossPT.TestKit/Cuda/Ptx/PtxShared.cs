using System.Runtime.CompilerServices;

namespace CrossPT.TestKit.Cuda.Ptx;

/// <summary>
/// The shared memory of a thread group, with a watch on it: two lanes that touch a word between two barriers, one of
/// them writing, are an error, whatever order this machine happens to run them in.
/// </summary>
internal sealed class PtxShared(int bytes)
{
    /// <summary>The reader of a word that several lanes have read.</summary>
    private const int Several = -2;

    private readonly byte[] _bytes = new byte[bytes];
    private readonly Touch[] _touches = new Touch[(bytes + 3) / 4];
    private int _epoch = 1;

    /// <summary>A barrier: what was touched before it may be touched by all.</summary>
    public void Pass() => _epoch++;

    /// <summary>Makes the words undefined and forgets who touched them: another group begins.</summary>
    public void Reset()
    {
        Array.Fill(_bytes, (byte)0xFF);
        _epoch++;
    }

    /// <summary>Notes that a lane reads <paramref name="size"/> bytes, and gives the first.</summary>
    public ref readonly byte Read(ulong address, int size, int lane)
    {
        Check(address, size);
        int epoch = _epoch;
        foreach (ref Touch touch in Words(address, size))
        {
            if (touch.WriteEpoch == epoch && touch.Writer != lane)
                throw Race(ref touch, "reads", lane, "wrote", touch.Writer);
            touch.Reader = touch.ReadEpoch != epoch || touch.Reader == lane ? lane : Several;
            touch.ReadEpoch = epoch;
        }
        return ref _bytes[address];
    }

    /// <summary>Notes that a lane writes, now or by a copy under way, and gives the first of the bytes.</summary>
    public ref byte Write(ulong address, int size, int lane)
    {
        Check(address, size);
        int epoch = _epoch;
        foreach (ref Touch touch in Words(address, size))
        {
            if (touch.ReadEpoch == epoch && touch.Reader != lane)
                throw Race(ref touch, "writes", lane, "read", touch.Reader);
            if (touch.WriteEpoch == epoch && touch.Writer != lane)
                throw Race(ref touch, "writes", lane, "wrote", touch.Writer);
            touch.Writer = lane;
            touch.WriteEpoch = epoch;
        }
        return ref _bytes[address];
    }

    private Span<Touch> Words(ulong address, int size) => _touches.AsSpan((int)(address / 4), (size + 3) / 4);

    private void Check(ulong address, int size)
    {
        if ((address & ((ulong)size - 1)) != 0)
            throw new InvalidOperationException($"Shared address {address} of {size} bytes is not aligned.");
        if (address + (ulong)size > (ulong)_bytes.Length)
            throw new InvalidOperationException($"Shared address {address} of {_bytes.Length} bytes.");
    }

    private InvalidOperationException Race(ref Touch touch, string does, int lane, string did, int other)
    {
        long word = Unsafe.ByteOffset(ref _touches[0], ref touch) / Unsafe.SizeOf<Touch>();
        return new($"Shared word {word}: lane {lane} {does} what lane {other} {did} since the last barrier.");
    }

    private struct Touch
    {
        public int WriteEpoch, Writer, ReadEpoch, Reader;
    }
}
