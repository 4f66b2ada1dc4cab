namespace CrossPT.Tensors.Ilgpu.Tests.Memory;

public sealed unsafe class StagingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData((1 << 20) - 1)]
    [InlineData((1 << 20) + 1)]
    [InlineData(20 * (1 << 20) + 5)]
    public void Upload_AndBack_SameBytes(int length)
    {
        FakePort port = new(0);
        using Staging staging = new(port);
        byte[] source = new byte[length], device = new byte[length], back = new byte[length];
        for (int i = 0; i < length; i++) source[i] = (byte)(i * 31 >> 3);
        fixed (byte* address = device)
        {
            staging.Upload(source, (nint)address);
            staging.Download((nint)address, back);
        }
        Assert.True(source.AsSpan().SequenceEqual(back));
    }

    [Fact]
    public void Upload_SlotUsedAgain_OnlyAfterItsCopy()
    {
        FakePort port = new(0);
        using Staging staging = new(port);
        byte[] device = new byte[4];
        fixed (byte* address = device)
        {
            for (int i = 0; i < Staging.Slots + 1; i++) staging.Upload([1, 2, 3, 4], (nint)address);
        }
        Assert.Equal(["await 0", "copy", "record 0", "await 1"], port.Log.Take(4));
        Assert.Equal(["await 0", "copy", "record 0"], port.Log.TakeLast(3));
    }
}
