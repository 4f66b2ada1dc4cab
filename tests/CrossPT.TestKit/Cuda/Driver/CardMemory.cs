using System.Runtime.InteropServices;
using ILGPU.Runtime.Cuda;
using CrossPT.TestKit.Cuda.Ptx;

namespace CrossPT.TestKit.Cuda.Driver;

/// <summary>Where an address lies.</summary>
internal enum CardPlace
{
    /// <summary>In memory of the host that the driver knows nothing of.</summary>
    Pageable,

    Pinned,

    Device,
}

/// <summary>
/// Blocks of the device's memory and of pinned memory, all of them the host's. What nobody has written is all ones: not
/// a number.
/// </summary>
internal sealed unsafe class CardMemory(CardSettings settings)
{
    private const int Alignment = 512;

    private readonly SortedList<nint, (long Bytes, bool IsPinned)> _blocks = [];

    public long TotalBytes { get; } = (long)settings.Memory << 20;

    public long UsedBytes { get; private set; }

    /// <summary>Blocks there are.</summary>
    public int Count => _blocks.Count;

    public nint Allocate(long bytes, bool isPinned)
    {
        if (bytes <= 0) throw new CardException(CudaError.CUDA_ERROR_INVALID_VALUE, $"{bytes} bytes of memory");
        if (!isPinned && UsedBytes + bytes > TotalBytes)
            throw new CardException(CudaError.CUDA_ERROR_OUT_OF_MEMORY, $"{bytes} bytes beside {UsedBytes}");
        nint address = (nint)NativeMemory.AlignedAlloc((nuint)bytes, Alignment);
        if (!settings.IsIdle) NativeMemory.Fill((void*)address, (nuint)bytes, 0xFF);
        _blocks.Add(address, (bytes, isPinned));
        if (!isPinned) UsedBytes += bytes;
        return address;
    }

    public void Free(nint address, bool isPinned)
    {
        if (!_blocks.TryGetValue(address, out (long Bytes, bool IsPinned) block) || block.IsPinned != isPinned)
            throw new CardException(CudaError.CUDA_ERROR_INVALID_VALUE, $"{address:X} is no block");
        _blocks.Remove(address);
        if (!isPinned) UsedBytes -= block.Bytes;
        NativeMemory.AlignedFree((void*)address);
    }

    /// <summary>Where some bytes lie; refuses those that begin in a block and end outside.</summary>
    public CardPlace PlaceOf(nint address, long bytes)
    {
        foreach ((nint start, (long length, bool isPinned)) in _blocks)
        {
            if (address < start || address >= start + length) continue;
            if (address + bytes > start + length)
                throw new CardException(
                    CudaError.CUDA_ERROR_INVALID_VALUE, $"{bytes} bytes at {address:X} pass the end of their block");
            return isPinned ? CardPlace.Pinned : CardPlace.Device;
        }
        return CardPlace.Pageable;
    }

    /// <summary>Lets a kernel touch the device's blocks, and nothing else.</summary>
    public void Show(PtxGlobal global)
    {
        foreach ((nint start, (long length, bool isPinned)) in _blocks)
        {
            if (!isPinned) global.Add(start, length);
        }
    }
}
