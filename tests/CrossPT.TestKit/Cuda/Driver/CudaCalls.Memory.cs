using System.Runtime.InteropServices;
using ILGPU.Runtime.Cuda;

namespace CrossPT.TestKit.Cuda.Driver;

/// <summary>Memory and copies.</summary>
internal static unsafe partial class CudaCalls
{
    [UnmanagedCallersOnly(EntryPoint = "cuMemGetInfo_v2")]
    private static CudaError MemGetInfo(nint* free, nint* total) => InContext("cuMemGetInfo", (_, context) =>
    {
        *total = (nint)context.Memory.TotalBytes;
        *free = (nint)(context.Memory.TotalBytes - context.Memory.UsedBytes);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemAlloc_v2")]
    private static CudaError MemAlloc(nint* address, nint bytes) => InContext("cuMemAlloc", (card, context) =>
    {
        card.Log.Write("cuMemAlloc", $"{bytes}");
        *address = context.Memory.Allocate(bytes, isPinned: false);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemFree_v2")]
    private static CudaError MemFree(nint address) =>
        InContext("cuMemFree", (card, context) => Free(card, context, address, isPinned: false));

    [UnmanagedCallersOnly(EntryPoint = "cuMemAllocHost_v2")]
    private static CudaError MemAllocHost(nint* address, nint bytes)
        => InContext("cuMemAllocHost", (_, context) => *address = context.Memory.Allocate(bytes, isPinned: true));

    [UnmanagedCallersOnly(EntryPoint = "cuMemFreeHost")]
    private static CudaError MemFreeHost(nint address) =>
        InContext("cuMemFreeHost", (card, context) => Free(card, context, address, isPinned: true));

    [UnmanagedCallersOnly(EntryPoint = "cuMemcpyAsync")]
    private static CudaError MemcpyAsync(nint target, nint source, nint bytes, nint stream) =>
        InContext("cuMemcpyAsync", (card, context) =>
    {
        CardPlace to = context.Memory.PlaceOf(target, bytes), from = context.Memory.PlaceOf(source, bytes);
        card.Log.Write("cuMemcpyAsync", $"{from} to {to}, {bytes}");
        CardStream queue = StreamOf(card, context, stream);
        queue.Put(new CardWork(() =>
        {
            if (!card.Settings.IsIdle) Buffer.MemoryCopy((void*)source, (void*)target, bytes, bytes);
        }));
        // The driver cannot come back to memory that may be anybody's by then.
        if (to == CardPlace.Pageable || from == CardPlace.Pageable) Finish(card, queue);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemsetD8Async")]
    private static CudaError MemsetD8Async(nint target, byte value, nint bytes, nint stream) =>
        InContext("cuMemsetD8Async", (card, context) =>
    {
        if (context.Memory.PlaceOf(target, bytes) != CardPlace.Device)
            throw new CardException(CudaError.CUDA_ERROR_INVALID_VALUE, $"{target:X} is not the device's");
        StreamOf(card, context, stream).Put(new CardWork(() => NativeMemory.Fill((void*)target, (nuint)bytes, value)));
    });

    /// <summary>Memory is given back when all that may use it has been done.</summary>
    private static void Free(Card card, CardContext context, nint address, bool isPinned)
    {
        context.Synchronize();
        _ = card.Current;
        context.Memory.Free(address, isPinned);
    }
}
