using CrossPT.Tensors.Cuda;
using CrossPT.Tensors.Reference;

namespace CrossPT.Tensors.Tests.Cuda;

public sealed class DeviceMemoryTests : IDisposable
{
    private const long MiB = 1 << 20;

    private readonly ReferenceBackend _backend = new();
    private readonly FakePort _port = new(200 * MiB);
    private readonly DeviceMemory _memory;

    public DeviceMemoryTests() => _memory = new DeviceMemory(_backend, _port);

    [Fact]
    public void Steps_OtherSizesEachTime_NothingIsAllocatedAfterWarmUp()
    {
        CounterRandom random = new(3);
        long reserved = 0;
        for (int step = 0; step < 30; step++)
        {
            List<Storage> blocks = [];
            for (int i = 0; i < 20; i++) blocks.Add(_memory.Allocate(1 + random.NextInt32(1_000_000)));
            foreach (Storage block in blocks) block.Release();
            if (step == 0) reserved = _memory.ReservedBytes;
        }
        Assert.Equal(reserved, _memory.ReservedBytes);
        Assert.Equal(0, _memory.UsedBytes);
        Assert.InRange(_memory.HighestUsedBytes, 1, reserved);
    }

    [Fact]
    public void Allocate_MoreThanTheDeviceHas_SaysAskedHeldAndFree()
    {
        Storage held = _memory.Allocate(100 * MiB);
        OutOfMemoryException error = Assert.Throws<OutOfMemoryException>(() => _memory.Allocate(150 * MiB));
        Assert.Contains("reference: 150.0 MiB were asked for", error.Message);
        Assert.Contains("100 MiB are in use, 100 MiB are held, 100 MiB are free", error.Message);
        held.Release();
    }

    [Fact]
    public void Allocate_RoomOnlyInFreeSegments_TheyAreGivenBackAfterTheKernels()
    {
        _memory.Allocate(100 * MiB).Release();
        Storage large = _memory.Allocate(150 * MiB);
        Assert.Contains("synchronize", _port.Log);
        Assert.Equal(150 * MiB, _memory.ReservedBytes);
        large.Release();
    }

    [Fact]
    public void FreeUnused_GivesBackWhatNoBlockLiesIn_AfterTheKernels()
    {
        Storage held = _memory.Allocate(80 * MiB);
        _memory.Allocate(100 * MiB).Release();
        _memory.FreeUnused();
        Assert.Contains("synchronize", _port.Log);
        Assert.Equal((80 * MiB, 120 * MiB), (_memory.ReservedBytes, _memory.FreeBytes));
        held.Release();
    }

    [Fact]
    public void Allocate_LessThanASegmentIsLeft_TakesHalvesOfOne()
    {
        Storage most = _memory.Allocate(180 * MiB);
        Storage some = _memory.Allocate(MiB);
        Storage more = _memory.Allocate(10 * MiB);
        Storage rest = _memory.Allocate(3 * MiB);
        Assert.Equal((180 + 16) * MiB, _memory.ReservedBytes);
        foreach (Storage storage in (Storage[])[most, some, more, rest]) storage.Release();
    }

    [Fact]
    public void Allocate_NoBytes_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => _memory.Allocate(0));

    public void Dispose()
    {
        _memory.Dispose();
        _backend.Dispose();
        Assert.Equal(200 * MiB, _port.FreeBytes);
    }
}
