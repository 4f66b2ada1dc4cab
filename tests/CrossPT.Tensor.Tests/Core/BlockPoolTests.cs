namespace CrossPT.Tensors.Tests.Core;

public sealed class BlockPoolTests
{
    [Fact]
    public void Take_BestFit_SplitsAndJoinsAgain()
    {
        BlockPool pool = new();
        pool.AddSegment(0x10000, 4096);
        nint first = pool.Take(1024), second = pool.Take(1024), third = pool.Take(2048);
        Assert.Equal([0x10000, 0x10400, 0x10800], new[] { first, second, third });
        Assert.Equal(0, pool.Take(256));
        pool.Give(first);
        pool.Give(third);
        Assert.Equal(0, pool.Take(3072));
        pool.Give(second);
        Assert.Equal(0x10000, pool.Take(4096));
    }

    [Fact]
    public void Take_SmallestBlockThatFits()
    {
        BlockPool pool = new();
        pool.AddSegment(0x10000, 4096);
        pool.AddSegment(0x20000, 1024);
        Assert.Equal(0x20000, pool.Take(768));
    }

    [Fact]
    public void RemoveFreeSegments_OnlyWholeOnes()
    {
        BlockPool pool = new();
        pool.AddSegment(0x10000, 4096);
        pool.AddSegment(0x20000, 1024);
        nint used = pool.Take(2048);
        Assert.Equal([0x20000], pool.RemoveFreeSegments());
        Assert.Equal(4096, pool.ReservedBytes);
        Assert.True(pool.Give(used));
        Assert.False(pool.Give(used));
        Assert.Equal([0x10000], pool.RemoveFreeSegments());
        Assert.Equal((0, 0, 2048), (pool.ReservedBytes, pool.UsedBytes, pool.HighestUsedBytes));
    }

    [Theory]
    [InlineData(1, 256)]
    [InlineData(256, 256)]
    [InlineData(257, 512)]
    public void Round_WholeGranules(long bytes, long expected) => Assert.Equal(expected, BlockPool.Round(bytes));
}
