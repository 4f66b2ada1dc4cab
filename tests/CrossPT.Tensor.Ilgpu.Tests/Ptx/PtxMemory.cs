using System.Runtime.CompilerServices;

namespace CrossPT.Tensors.Ilgpu.Tests.Ptx;

/// <summary>
/// The shared memory of a thread group, with a watch on it: two lanes that touch a word between two barriers, one of them writing, are an error, whatever
/// order this machine happens to run them in.
/// </summary>
internal sealed class PtxShared(int bytes)
{
    private readonly byte[] _bytes = new byte[bytes];
    private readonly (int Epoch, int Lane)[] _writes = new (int, int)[(bytes + 3) / 4], _reads = new (int, int)[(bytes + 3) / 4];

    /// <summary>Counts barriers, from 1.</summary>
    public int Epoch { get; set; } = 1;

    /// <summary>Makes the words undefined and forgets who touched them: another group begins.</summary>
    public void Reset()
    {
        Array.Fill(_bytes, (byte)0xFF);
        Epoch += 2;
    }

    public T Read<T>(ulong address, int lane)
        where T : unmanaged
    {
        Check(address, Unsafe.SizeOf<T>());
        for (ulong word = address / 4; word <= (address + (ulong)Unsafe.SizeOf<T>() - 1) / 4; word++)
        {
            (int epoch, int writer) = _writes[word];
            if (epoch == Epoch && writer != lane) throw Race(word, "reads", lane, "wrote", writer);
            ref (int Epoch, int Lane) reads = ref _reads[word];
            // −2: several lanes.
            reads = reads.Epoch == Epoch && reads.Lane != lane ? (Epoch, -2) : (Epoch, lane);
        }
        return Unsafe.ReadUnaligned<T>(ref _bytes[address]);
    }

    public void Write<T>(ulong address, T value, int lane)
        where T : unmanaged
    {
        Claim(address, Unsafe.SizeOf<T>(), lane);
        Unsafe.WriteUnaligned(ref _bytes[address], value);
    }

    /// <summary>Notes that a lane is writing, now or by a copy under way.</summary>
    public void Claim(ulong address, int size, int lane)
    {
        Check(address, size);
        for (ulong word = address / 4; word <= (address + (ulong)size - 1) / 4; word++)
        {
            if (_reads[word].Epoch == Epoch && _reads[word].Lane != lane) throw Race(word, "writes", lane, "read", _reads[word].Lane);
            if (_writes[word].Epoch == Epoch && _writes[word].Lane != lane) throw Race(word, "writes", lane, "wrote", _writes[word].Lane);
            _writes[word] = (Epoch, lane);
        }
    }

    private void Check(ulong address, int size)
    {
        if (address % (ulong)size != 0) throw new InvalidOperationException($"Shared address {address} of {size} bytes is not aligned.");
        if (address + (ulong)size > (ulong)_bytes.Length) throw new InvalidOperationException($"Shared address {address} of {_bytes.Length} bytes.");
    }

    private static InvalidOperationException Race(ulong word, string does, int lane, string did, int other)
        => new($"Shared word {word}: lane {lane} {does} what lane {other} {did} since the last barrier.");
}

/// <summary>The global memory a program may touch: blocks of the host's.</summary>
internal sealed unsafe class PtxGlobal
{
    private readonly List<(ulong Start, ulong End)> _blocks = [];

    /// <summary>Whether addresses outside the blocks pass: where a kernel is given bare addresses.</summary>
    public bool IsOpen { get; set; }

    public void Add(nint address, long bytes) => _blocks.Add(((ulong)address, (ulong)address + (ulong)bytes));

    public T Read<T>(ulong address)
        where T : unmanaged
    {
        Check(address, Unsafe.SizeOf<T>());
        return *(T*)address;
    }

    public void Write<T>(ulong address, T value)
        where T : unmanaged
    {
        Check(address, Unsafe.SizeOf<T>());
        *(T*)address = value;
    }

    public void Check(ulong address, int size)
    {
        if (address % (ulong)size != 0) throw new InvalidOperationException($"Global address {address:X} of {size} bytes is not aligned.");
        foreach ((ulong start, ulong end) in _blocks)
        {
            if (address >= start && address + (ulong)size <= end) return;
        }
        if (!IsOpen) throw new InvalidOperationException($"Global address {address:X} of {size} bytes is in no block.");
    }
}
