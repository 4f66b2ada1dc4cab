using CrossPT.Tensors;
using Xunit;

namespace CrossPT.TestKit;

/// <summary>The tests of a back end's memory: blocks, and bytes to and from the host.</summary>
public class MemoryConformance(TestDevice device) : ConformanceSuite(device)
{
    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(1000)]
    [InlineData(5_000_001)]
    public void AllocateStorage_AnySize_AlignedAndLargeEnough(long bytes)
    {
        using Tensor tensor = Tensor.Allocate(Tested, new Shape((int)bytes), DType.UInt8);
        Assert.Equal(0, tensor.Address % 64);
        byte[] source = new byte[bytes], back = new byte[bytes];
        for (int i = 0; i < bytes; i++) source[i] = (byte)(i * 7);
        Tested.CopyFromHost(source, tensor);
        Tested.CopyToHost(tensor, back);
        Assert.True(source.AsSpan().SequenceEqual(back));
    }

    [Fact]
    public void AllocateStorage_ManyBlocks_DoNotOverlap()
    {
        Tensor[] tensors =
        [
            .. Enumerable.Range(1, 50)
                .Select(i => TensorData.FromInt32(Tested, [.. Enumerable.Repeat(i, i * 17)], i * 17)),
        ];
        tensors[20].Dispose();
        tensors[20] = TensorData.FromInt32(Tested, [.. Enumerable.Repeat(21, 21 * 17)], 21 * 17);
        for (int i = 1; i <= tensors.Length; i++) Assert.All(tensors[i - 1].ToInt32(), value => Assert.Equal(i, value));
        foreach (Tensor tensor in tensors) tensor.Dispose();
    }

    [Fact]
    public void Storage_Disposed_IsGivenBackWithTheLastView()
    {
        Tensor whole = TensorData.FromInt32(Tested, [1, 2, 3, 4], 4);
        Tensor view = whole.Slice(2, 2);
        whole.Dispose();
        Assert.Equal([3, 4], view.ToInt32());
        view.Dispose();
        Assert.Throws<ObjectDisposedException>(() => view.Address);
    }

    [Fact]
    public void CopyToHost_RowOfAView_ReadsTheRow()
    {
        Twin x = Random(3, 7, view: true);
        Assert.Equal(x.Reference.ToSingles(), x.Tested.ToSingles());
        using Tensor row = x.Tested.Slice(1, 1);
        Assert.Equal(x.Reference.ToSingles()[7..14], row.ToSingles());
    }

    [Fact]
    public void Copies_WrongSizeOrView_AreRefused()
    {
        Twin x = Random(3, 4), view = Random(3, 4, view: true);
        Refuses("CopyFromHost", on => on.Backend.CopyFromHost(new byte[4], on[x]));
        Refuses("CopyToHost", on => on.Backend.CopyToHost(on[x], new byte[4]));
        Refuses("CopyFromHost", on => on.Backend.CopyFromHost(new byte[12 * on[view].DType.ByteSize()], on[view]));
        Refuses("CopyToHost", on => on.Backend.CopyToHost(on[view], new byte[12 * on[view].DType.ByteSize()]));
    }
}
