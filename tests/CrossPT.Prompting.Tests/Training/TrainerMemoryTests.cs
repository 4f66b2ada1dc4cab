using System.Globalization;
using System.Text.RegularExpressions;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Prompting.Training;

namespace CrossPT.Prompting.Tests.Training;

public sealed class TrainerMemoryTests
{
    [Theory]
    [InlineData(0.9)]
    [InlineData(0.6)]
    [InlineData(0.3)]
    public void BatchThatDoesNotFit_IsRefused_AndTheNamedOneFits(double share)
    {
        TrainingSettings settings = new() { Steps = 4, Batch = 12, Warmup = 0 };
        LimitedBackend measured = new();
        using TinyTraining whole = new(settings, backend: measured);
        long before = measured.Used;
        whole.Trainer.Step();
        long needed = measured.HighestUsed - before;

        LimitedBackend limited = new();
        using TinyTraining sut = new(settings, backend: limited);
        float[][] numbers = sut.Numbers;
        limited.Limit = limited.Used + (long)(share * needed);
        string message = Assert.Throws<OutOfMemoryException>(() => sut.Trainer.Step()).Message;
        Match match = Regex.Match(
            message,
            @"^step 1: a batch of 12 examples, \d+ rows with their prompts, does not fit; "
                + @"(\d+) of the longest examples do: expected training\.batch \1 at most\. "
                + @"limited: \d+ bytes were asked for");
        Assert.True(match.Success, message);
        // Nothing was trained on the way, and nothing is still held.
        Assert.Equal(numbers, sut.Numbers);
        int most = int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.InRange(most, 2, 11);

        LimitedBackend again = new();
        using TinyTraining smaller = new(settings with { Batch = most }, backend: again);
        again.Limit = limited.Limit;
        while (!smaller.Trainer.IsDone) smaller.Trainer.Step();
    }

    [Fact]
    public void NotOneExample_IsSaid()
    {
        LimitedBackend limited = new();
        using TinyTraining sut = new(new TrainingSettings { Steps = 2, Batch = 4 }, backend: limited);
        limited.Limit = limited.Used + 1000;
        Assert.Contains(
            "does not fit; not even the longest example alone does. limited: ",
            Assert.Throws<OutOfMemoryException>(() => sut.Trainer.Step()).Message, StringComparison.Ordinal);
    }
}
