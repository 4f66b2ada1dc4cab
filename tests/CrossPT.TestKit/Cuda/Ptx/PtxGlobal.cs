namespace CrossPT.TestKit.Cuda.Ptx;

/// <summary>The global memory a program may touch: blocks of the host's.</summary>
internal sealed unsafe class PtxGlobal
{
    private readonly List<(ulong Start, ulong End)> _blocks = [];
    private (ulong Start, ulong End) _last;

    /// <summary>Whether addresses outside the blocks pass: where a kernel is given bare addresses.</summary>
    public bool IsOpen { get; set; }

    public void Add(nint address, long bytes) => _blocks.Add(((ulong)address, (ulong)address + (ulong)bytes));

    /// <summary>The first of <paramref name="size"/> bytes a lane may read and write.</summary>
    public ref byte At(ulong address, int size)
    {
        Check(address, size);
        return ref *(byte*)address;
    }

    public void Check(ulong address, int size)
    {
        if ((address & ((ulong)size - 1)) != 0)
            throw new InvalidOperationException($"Global address {address:X} of {size} bytes is not aligned.");
        if (address >= _last.Start && address + (ulong)size <= _last.End) return;
        foreach ((ulong Start, ulong End) block in _blocks)
        {
            if (address < block.Start || address + (ulong)size > block.End) continue;
            _last = block;
            return;
        }
        if (!IsOpen) throw new InvalidOperationException($"Global address {address:X} of {size} bytes is in no block.");
    }
}
