namespace CrossPT.Transformer.Tests.T5;

public sealed class SourceBatchTests
{
    [Fact]
    public void FromPadded_PaddingAtEitherEnd_IsDropped()
    {
        SourceBatch batch = SourceBatch.FromPadded(
            [5, 6, 0, 0, 0, 0, 7, 8, 9, 0, 0, 0], [1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0], 4);

        Assert.Equal([5, 6, 7, 8, 9], batch.Ids);
        Assert.Equal([0, 2, 4, 5], batch.Sequences.Starts.ToArray());
    }

    [Fact]
    public void FromPadded_RowOfPaddingAlone_IsEmpty()
        => Assert.Equal([0, 0, 1], SourceBatch.FromPadded([3, 3, 4, 3], [0, 0, 1, 0], 2).Sequences.Starts.ToArray());

    [Fact]
    public void FromPadded_PaddingBetweenTokens_IsRefused()
        => Assert.Contains(
            "row 1",
            Assert.Throws<ArgumentException>(
                () => SourceBatch.FromPadded([1, 1, 1, 2, 2, 2], [1, 1, 1, 1, 0, 1], 3)).Message);

    [Fact]
    public void FromPadded_SizesThatDoNotFit_AreRefused()
        => Assert.Throws<ArgumentException>(() => SourceBatch.FromPadded([1, 2, 3], [1, 1, 1], 2));

    [Fact]
    public void Create_SequencesOfDifferentLengths_LieEndToEnd()
    {
        SourceBatch batch = SourceBatch.Create([[1, 2], [], [3]]);

        Assert.Equal([1, 2, 3], batch.Ids);
        Assert.Equal([0, 2, 2, 3], batch.Sequences.Starts.ToArray());
    }
}
