using CrossPT.Runner.Consoles;

namespace CrossPT.Runner.Tests.Consoles;

public sealed class ProgressBarTests
{
    [Theory]
    [InlineData(20)]
    [InlineData(39)]
    [InlineData(79)]
    [InlineData(199)]
    public void Line_FitsTheWidth_AndSaysWhatMatters(int width)
    {
        foreach (bool isUnicode in (bool[])[true, false])
        {
            ProgressBar sut = Started("training", 500, "steps");
            sut.Begin(0);
            Thread.Sleep(20);
            sut.Report(120, "loss 0.3241");
            string line = Line(sut, width, isUnicode);
            Assert.InRange(line.Length, 1, width);
            Assert.StartsWith("train", line, StringComparison.Ordinal);
            if (width >= 39) Assert.Contains("120/500", line, StringComparison.Ordinal);
            if (width >= 39) Assert.EndsWith("loss 0.3241", line, StringComparison.Ordinal);
            if (width >= 79) Assert.Matches(" left  loss ", line);
            if (width >= 79) Assert.Contains(" steps/s  ", line, StringComparison.Ordinal);
            Assert.Contains(isUnicode ? "━" : "=", line, StringComparison.Ordinal);
            if (!isUnicode) Assert.All(line, static c => Assert.InRange(c, ' ', '~'));
        }
    }

    [Fact]
    public void LongNames_AreCut()
    {
        ProgressBar sut = Started(new string('x', 300), 10, "steps");
        sut.Report(1, new string('y', 300));
        Assert.InRange(Line(sut, 79, isUnicode: true).Length, 1, 79);
        Assert.Contains("x…", Line(sut, 79, isUnicode: true), StringComparison.Ordinal);
    }

    [Fact]
    public void Validation_HasALineOfItsOwn_SoThatTheTimeLeftStays()
    {
        ProgressBar sut = Started("training", 5000, "steps");
        sut.Begin(0);
        Thread.Sleep(20);
        sut.Report(1200, "loss 0.3241", "validation 71.2 at step 1000, best 72.0 at step 800");
        string[] lines = Line(sut, 77, isUnicode: true).Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.All(lines, static line => Assert.InRange(line.Length, 1, 77));
        Assert.Matches("━+─+  1200/5000  .*left  loss 0.3241$", lines[0]);
        Assert.Equal("  validation 71.2 at step 1000, best 72.0 at step 800", lines[1]);
        Assert.All(Line(sut, 30, isUnicode: true).Split('\n'), static line => Assert.InRange(line.Length, 1, 30));
    }

    [Fact]
    public void Bytes_AreCountedAsSuch()
    {
        ProgressBar sut = Started("model.safetensors", 230e6, "B");
        sut.Begin(0);
        Thread.Sleep(20);
        sut.Report(115e6);
        string line = Line(sut, 120, isUnicode: true);
        Assert.Contains("115.0 MB of 230.0 MB", line, StringComparison.Ordinal);
        Assert.Matches("MB/s", line);
    }

    [Fact]
    public void WorkWithoutATotal_HasNoBar() =>
        Assert.Equal("reading rte", Line(Started("reading rte", 0, ""), 79, isUnicode: true));

    [Theory]
    [InlineData("C.UTF-8", null, true)]
    [InlineData("en_US.utf8", null, true)]
    [InlineData("C", null, false)]
    [InlineData("de_DE.UTF-8", "C", false)]
    [InlineData(null, null, false)]
    public void Locale_SaysWhetherThereIsUtf8(string? lang, string? all, bool expected) =>
        Assert.Equal(expected, Terminal.IsUnicodeLocale(name => name == "LANG" ? lang : name == "LC_ALL" ? all : null));

    private static ProgressBar Started(string title, double total, string unit) =>
        new(new LiveDisplay(TextWriter.Null, new Terminal()), title, total, unit);

    private static string Line(ProgressBar bar, int width, bool isUnicode) =>
        string.Concat(bar.Draw(width, isUnicode).Select(static segment => segment.Text));
}
