using CrossPT.Prompting.Tasks;
using CrossPT.Runner.Cli;
using CrossPT.Runner.JsonLines;

namespace CrossPT.Runner.Tests.JsonLines;

public sealed class JsonLineBatchesTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    [Fact]
    public void Answer_ABatch_IsAnsweredWhileTheNextIsRead()
    {
        using Interruption interruption = new();
        using ManualResetEventSlim third = new();
        List<int> answered = [];
        JsonLineBatches.Answer(interruption, Rows(), 2, batch =>
        {
            Assert.True(third.Wait(s_patience));
            answered.AddRange(batch);
        });
        Assert.Equal([0, 1, 2, 3, 4], answered);

        IEnumerable<int> Rows()
        {
            for (int row = 0; row < 5; row++)
            {
                if (row == 2) third.Set();
                yield return row;
            }
        }
    }

    [Fact]
    public void Answer_ABadRow_EndsAfterTheEarlierOnesWereAnswered()
    {
        using Interruption interruption = new();
        List<int> answered = [];
        TaskDataException error = Assert.Throws<TaskDataException>(
            () => JsonLineBatches.Answer(interruption, Rows(), 2, answered.AddRange));
        Assert.Contains("bad", error.Message, StringComparison.Ordinal);
        Assert.Equal([0, 1, 2], answered);

        static IEnumerable<int> Rows()
        {
            for (int row = 0; row < 3; row++) yield return row;
            throw new TaskDataException("rows.jsonl", 4, "bad");
        }
    }

    [Fact]
    public void Answer_AFailedAnswer_IsThrownAndEndsTheReading()
    {
        using Interruption interruption = new();
        int read = 0;
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => JsonLineBatches.Answer(
                interruption, Rows(), 2, static _ => throw new InvalidOperationException("no answer")));
        Assert.Equal("no answer", error.Message);
        Assert.Equal(4, read);

        IEnumerable<int> Rows()
        {
            for (int row = 0; row < 100; row++)
            {
                read++;
                yield return row;
            }
        }
    }
}
