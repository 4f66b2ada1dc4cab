using CrossPT.Tensors.Cuda;
using CrossPT.Tensors.Reference;

namespace CrossPT.Tensors.Tests.Cuda;

/// <summary>
/// What arrives must not hang on which of a device's queues happens to be ahead: <see cref="QueuePort"/> tries both.
/// </summary>
public sealed unsafe class StagingTests : IDisposable
{
    private const int MiB = 1 << 20;

    private readonly ReferenceBackend _backend = new();
    private readonly List<IDisposable> _owned = [];

    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, MiB - 1)]
    [InlineData(true, MiB + 1)]
    [InlineData(true, (20 * MiB) + 5)]
    [InlineData(false, 1)]
    [InlineData(false, (20 * MiB) + 5)]
    public void Upload_AndBack_SameBytes(bool copiesAhead, int length)
    {
        (_, Staging staging) = Open(copiesAhead);
        byte[] source = new byte[length], device = new byte[length], back = new byte[length];
        for (int i = 0; i < length; i++) source[i] = (byte)(i * 31 >> 3);
        fixed (byte* address = device)
        {
            staging.Upload(source, (nint)address);
            staging.Download((nint)address, back);
        }
        Assert.True(source.AsSpan().SequenceEqual(back));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Upload_ToMemoryThatEarlierKernelsRead_ComesAfterThem(bool copiesAhead)
    {
        (QueuePort port, Staging staging) = Open(copiesAhead);
        const int batches = 3 * Staging.Slots;
        byte[] device = new byte[4], read = new byte[4 * batches];
        fixed (byte* batch = device, results = read)
        {
            for (int i = 0; i < batches; i++)
            {
                staging.Upload([(byte)i, (byte)(i + 1), (byte)(i + 2), (byte)(i + 3)], (nint)batch);
                // The kernel of the batch.
                port.Copy((nint)batch, (nint)results + (4 * i), 4, PortQueue.Kernels);
            }
            port.Synchronize();
        }
        Assert.All(
            Enumerable.Range(0, batches),
            i => Assert.Equal([(byte)i, (byte)(i + 1), (byte)(i + 2), (byte)(i + 3)], read[(4 * i)..(4 * (i + 1))]));
    }

    [Fact]
    public void Upload_FirstOne_PlaceThatAKernelStillWrites_ComesAfterIt()
    {
        QueuePort port = new(PortQueue.Copies);
        DeviceMemory memory = new(_backend, port);
        Staging staging = new(port, memory);
        _owned.AddRange([port, staging, memory]);
        byte[] source = new byte[1 << 10], device = new byte[4];
        // A block as large as the ring's, given back while a kernel that fills it has not begun.
        Storage block = memory.Allocate(Staging.Slots * Staging.SlotBytes);
        fixed (byte* kernel = source, target = device)
        {
            port.Copy((nint)kernel, block.Address, source.Length, PortQueue.Kernels);
            block.Release();
            staging.Upload([1, 2, 3, 4], (nint)target);
            port.Synchronize();
        }
        Assert.Equal([1, 2, 3, 4], device);
    }

    [Fact]
    public void Upload_KernelsStillRunning_NeitherTheHostNorTheCopyWaitsForThem()
    {
        (QueuePort port, Staging staging) = Open(copiesAhead: true);
        byte[] device = new byte[4];
        fixed (byte* address = device)
        {
            for (int i = 0; i < Staging.Slots; i++) staging.Upload([1, 2, 3, 4], (nint)address);
            Assert.Equal([0, 0, 0, 0], device);
            Assert.True(port.MostWaiting >= 3 * (Staging.Slots - 1), $"{port.MostWaiting} entries");
            port.Synchronize();
        }
        Assert.Equal([1, 2, 3, 4], device);
    }

    [Fact]
    public void Uploads_AfterTheFirst_AllocateNothing()
    {
        (QueuePort port, Staging staging) = Open(copiesAhead: true);
        byte[] device = new byte[4];
        fixed (byte* address = device)
        {
            staging.Upload([1, 2, 3, 4], (nint)address);
            int before = port.Allocations;
            for (int i = 0; i < 5 * Staging.Slots; i++) staging.Upload([1, 2, 3, 4], (nint)address);
            Assert.Equal(before, port.Allocations);
            port.Synchronize();
        }
    }

    public void Dispose()
    {
        foreach (IDisposable owned in _owned) owned.Dispose();
        _backend.Dispose();
    }

    private (QueuePort Port, Staging Staging) Open(bool copiesAhead)
    {
        QueuePort port = new(copiesAhead ? PortQueue.Copies : PortQueue.Kernels);
        DeviceMemory memory = new(_backend, port);
        Staging staging = new(port, memory);
        _owned.AddRange([port, staging, memory]);
        return (port, staging);
    }
}
