using CrossPT.Runner.Consoles;

namespace CrossPT.Runner.Tests.Consoles;

public sealed class LiveDisplayTests
{
    private readonly StringWriter _written = new() { NewLine = "\n" };
    private readonly TextWriter _output;
    private int _width = 60;

    public LiveDisplayTests() => _output = TextWriter.Synchronized(_written);

    [Fact]
    public void Bar_IsDrawn_AndLeavesNothingBehind()
    {
        using LiveDisplay sut = Open();
        using (ProgressBar bar = Add(sut, "[red]training[/]", 10))
        {
            bar.Report(5, "loss 0.1234");
            WaitFor("5/10");
            Screen screen = Now();
            Assert.False(screen.ShowsCursor);
            string line = Assert.Single(screen.Lines);
            Assert.StartsWith("[red]training[/]", line, StringComparison.Ordinal);
            Assert.EndsWith("loss 0.1234", line, StringComparison.Ordinal);
        }
        Assert.True(Now().ShowsCursor);
        Assert.Equal([""], Now().Lines);
    }

    // Lines of several threads, longer and shorter than the bars, which are drawn all the while.
    [Fact]
    public void Lines_AndBars_NeverMix()
    {
        using (LiveDisplay sut = Open())
        {
            using ProgressBar first = Add(sut, "first", 400);
            Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, worker =>
            {
                using ProgressBar own = Add(sut, $"bar {worker}", 50);
                for (int i = 0; i < 50; i++)
                {
                    own.Report(i, new string('d', i));
                    first.Report((50 * worker) + i);
                    sut.WriteLine($"<{worker},{i}{new string('.', i)}>");
                    Thread.Sleep(1);
                }
            });
        }
        Screen screen = Now();
        Assert.True(screen.ShowsCursor);
        string[] lines = [.. screen.Lines.Where(static line => line.Length > 0)];
        Assert.All(lines, static line => Assert.Matches(@"^<\d,\d+\.*>$", line));
        for (int worker = 0; worker < 8; worker++)
        {
            IEnumerable<string> own = lines.Where(line => line.StartsWith($"<{worker},", StringComparison.Ordinal));
            IEnumerable<int> numbers = own.Select(static line => int.Parse(line[3..].TrimEnd('.', '>'), null));
            Assert.Equal(Enumerable.Range(0, 50), numbers);
        }
    }

    // A signal ends the process on a thread of its own, in the middle of whatever is being drawn.
    [Fact]
    public void End_ClearsBarsThatNobodyTookAway()
    {
        LiveDisplay sut = Open();
        ProgressBar bar = Add(sut, "training", 10);
        bar.Report(5);
        WaitFor("5/10");
        sut.Dispose();
        Assert.True(Now().ShowsCursor);
        Assert.Equal([""], Now().Lines);
        using ProgressBar late = Add(sut, "late", 1);
        sut.WriteLine("after");
        Assert.Equal(["after", ""], Now().Lines);
    }

    [Fact]
    public void NarrowerWindow_LosesNothingThatWasScrolledAway()
    {
        using LiveDisplay sut = Open();
        using ProgressBar bar = Add(sut, "training", 10);
        bar.Report(5);
        WaitFor("5/10");
        _width = 30;
        bar.Report(6);
        WaitFor("6/10");
        Assert.DoesNotContain("\u001b[2J", Written(), StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[3J", Written(), StringComparison.Ordinal);
    }

    private LiveDisplay Open() => new(_output, new Terminal { Size = () => (_width, 24) });

    private static ProgressBar Add(LiveDisplay display, string title, int total)
    {
        ProgressBar bar = new(display, title, total, "steps");
        display.Add(bar);
        return bar;
    }

    private Screen Now() => Screen.Of(Written(), _width);

    private string Written()
    {
        // The lock that a synchronized writer takes while bars are drawn.
        lock (_output) return _written.ToString();
    }

    private void WaitFor(string text)
    {
        TimeSpan patience = TimeSpan.FromSeconds(20);
        Assert.True(SpinWait.SpinUntil(() => Written().Contains(text, StringComparison.Ordinal), patience), Written());
    }
}
