using CrossPT.Prompting.Training;

namespace CrossPT.Prompting.Tests.Training;

public sealed class BatchSamplerTests
{
    [Fact]
    public void Batches_MixTheTasks_AndGoRoundTheirExamples()
    {
        BatchSampler sut = new([("x", 6), ("y", 3)], batch: 4, seed: 9);
        (int Task, int Example)[][] batches = [.. Enumerable.Range(0, 6).Select(step => sut.Batch(step))];
        Assert.All(
            batches,
            static batch => Assert.Equal(
                [2, 2], batch.GroupBy(static row => row.Task).Select(static group => group.Count())));
        int[] ofX =
        [
            .. batches.SelectMany(static batch => batch).Where(static row => row.Task == 0)
                .Select(static row => row.Example),
        ];
        Assert.Equal(Enumerable.Range(0, 6), ofX[..6].Order());
        Assert.Equal(Enumerable.Range(0, 6), ofX[6..].Order());
        Assert.NotEqual(ofX[..6], ofX[6..]);
    }

    [Fact]
    public void Batch_IsOfTheStepAlone()
    {
        BatchSampler sut = new([("x", 5), ("y", 3), ("z", 1)], batch: 7, seed: 9);
        BatchSampler other = new([("x", 5), ("y", 3), ("z", 1)], batch: 7, seed: 9);
        for (int step = 0; step < 9; step++) other.Batch(step);
        Assert.Equal(sut.Batch(4), other.Batch(4));
    }

    [Fact]
    public void Batch_SmallerThanTheTasks_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new BatchSampler([("x", 5), ("y", 3)], 1, 1));
}
