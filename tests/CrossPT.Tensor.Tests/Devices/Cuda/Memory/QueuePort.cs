using System.Runtime.InteropServices;
using CrossPT.Tensors.Cuda;

namespace CrossPT.Tensors.Tests.Cuda;

/// <summary>
/// A device with two queues that does as it is told and no sooner: one queue runs as far as it may at every call, the
/// other only when somebody waits for it. Whatever order was not asked for comes out wrong with one choice or the
/// other.
/// </summary>
internal sealed unsafe class QueuePort(PortQueue eager) : IDevicePort
{
    private readonly Queue<Entry>[] _queues = [new(), new()];
    private readonly int[] _recorded = new int[Staging.Markers], _passed = new int[Staging.Markers];

    public int Allocations { get; private set; }

    /// <summary>Entries that were waiting when the host waited too, at most.</summary>
    public int MostWaiting { get; private set; }

    public long FreeBytes => 1L << 40;

    public nint Allocate(long bytes) => (nint)AllocatePinned(checked((int)bytes));

    public void Free(nint address) => FreePinned((byte*)address);

    public byte* AllocatePinned(int bytes)
    {
        Allocations++;
        return (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 256);
    }

    public void FreePinned(byte* address) => NativeMemory.AlignedFree(address);

    public void Copy(nint source, nint destination, long bytes, PortQueue queue) =>
        Add(queue, new Entry(source, destination, bytes, Record: -1, Follow: -1, Turn: 0));

    public void Record(int marker, PortQueue queue) => Add(queue, new Entry(0, 0, 0, marker, -1, ++_recorded[marker]));

    public void Follow(int marker, PortQueue queue) => Add(queue, new Entry(0, 0, 0, -1, marker, _recorded[marker]));

    public void Await(int marker)
    {
        MostWaiting = Math.Max(MostWaiting, _queues.Sum(static queue => queue.Count));
        while (_passed[marker] < _recorded[marker]) Advance();
    }

    public void Synchronize()
    {
        while (_queues.Any(static queue => queue.Count > 0)) Advance();
    }

    public void Dispose() => Synchronize();

    private void Add(PortQueue queue, Entry entry)
    {
        _queues[(int)queue].Enqueue(entry);
        while (Step(eager))
        {
        }
    }

    /// <summary>A step of the queue that waits to be asked, or, where it cannot, of the other.</summary>
    private void Advance()
    {
        PortQueue lazy = eager == PortQueue.Copies ? PortQueue.Kernels : PortQueue.Copies;
        Assert.True(Step(lazy) || Step(eager), "both queues wait for one another");
        while (Step(eager))
        {
        }
    }

    private bool Step(PortQueue queue)
    {
        if (!_queues[(int)queue].TryPeek(out Entry entry) || (entry.Follow >= 0 && _passed[entry.Follow] < entry.Turn))
            return false;
        _queues[(int)queue].Dequeue();
        if (entry.Bytes > 0) Buffer.MemoryCopy((void*)entry.Source, (void*)entry.Destination, entry.Bytes, entry.Bytes);
        if (entry.Record >= 0) _passed[entry.Record] = entry.Turn;
        return true;
    }

    private readonly record struct Entry(nint Source, nint Destination, long Bytes, int Record, int Follow, int Turn);
}
