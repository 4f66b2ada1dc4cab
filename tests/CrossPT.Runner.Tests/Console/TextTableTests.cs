using CrossPT.Runner.Consoles;

namespace CrossPT.Runner.Tests.Consoles;

public sealed class TextTableTests
{
    [Fact]
    public void Columns_AreAsWideAsTheirWidestCell()
    {
        TextTable sut = new("name", "n");
        sut.Add("a", "1.5");
        sut.Add("longer");
        Assert.Equal(["name      n", "──────  ───", "a       1.5", "longer"], Lines(sut, null));
    }

    [Fact]
    public void Cells_AreTextAndNeverMarkup()
    {
        TextTable sut = new("[bold]task[/]", "[[n]");
        sut.Add("[red]x[/]", "tab\there\u001b[31m");
        string text = string.Join('\n', Lines(sut, new Terminal { Size = static () => (200, 24), HasColor = false }));
        Assert.Contains("[bold]task[/]", text, StringComparison.Ordinal);
        Assert.Contains("[[n]", text, StringComparison.Ordinal);
        Assert.Contains("[red]x[/]", text, StringComparison.Ordinal);
        Assert.Contains("tab here\\u001b[31m", text, StringComparison.Ordinal);
    }

    // A file may be read in any terminal, or by a program: as wide as it needs to be, and no escape codes.
    [Fact]
    public void File_IsNeitherFoldedNorColoured()
    {
        string[] columns = [.. Enumerable.Range(0, 60).Select(static i => $"column {i}")];
        TextTable sut = HeatMap.Of(["a"], columns, [[.. Enumerable.Repeat(0.5, 60)]]);
        string[] lines = Lines(sut, null);
        Assert.Equal(2, lines.Length);
        Assert.DoesNotContain('\u001b', string.Concat(lines));
    }

    [Fact]
    public void Colours_AreForTerminalsThatHaveThem()
    {
        TextTable sut = HeatMap.Of(["a"], ["b"], [[0.5]]);
        Assert.Contains("\u001b[", string.Concat(Lines(sut, new Terminal())), StringComparison.Ordinal);
        string grey = string.Concat(Lines(sut, new Terminal { HasColor = false }));
        Assert.DoesNotContain("\u001b[3", grey, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', string.Concat(Lines(sut, Plain(80))));
    }

    [Theory]
    [InlineData(200, 4)]
    [InlineData(60, 5)]
    [InlineData(40, 9)]
    public void Cells_AreFoldedBetweenWords(int width, int count)
    {
        TextTable sut = new("method", "known skills", "difference to prompt tuning", "steps");
        sut.Add("prompt tuning", "72.3 ± 1.2", "", "100");
        sut.Add("from evidence", "79.1 ± 0.8", "+6.8 [+5.1, +8.4]", "100");
        string[] lines = Lines(sut, Plain(width));
        Assert.Equal(count, lines.Length);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, width));
        string words = string.Join(' ', lines);
        foreach (string word in (string[])["evidence", "difference", "tuning", "[+5.1,", "+8.4]", "79.1"])
            Assert.Contains(word, words, StringComparison.Ordinal);
    }

    // Where not even the words fit side by side, a row is a block of lines.
    [Fact]
    public void Rows_BecomeLines_WhereThereIsNoRoomForColumns()
    {
        TextTable sut = new("run", "accuracy", "interval");
        sut.Add("training.learningRate=0.3,seed=1", "72.3", "[70.1, 74.0]");
        Assert.Equal(
            ["training.learningRate=0.3,see", "d=1", "  accuracy: 72.3", "  interval: [70.1, 74.0]"],
            Lines(sut, Plain(29)));
    }

    [Fact]
    public void TerminalWithoutUtf8_GetsAscii_InColumnsThatStillAreStraight()
    {
        TextTable sut = new("task", "score");
        sut.Add("größe", "72.3 ± 1.2");
        sut.Add("b", "−1");
        Assert.Equal(
            ["task          score", "-----  ------------", "gr??e  72.3 +/- 1.2", "b                -1"],
            Lines(sut, Plain(80) with { IsUnicode = false }));
        Assert.Equal(" .:*#?", Ascii.Of(" ░▒▓█…"));
    }

    [Fact]
    public void HeatMap_ShowsHundredths()
    {
        string[] lines = Lines(HeatMap.Of(["a & b", "c"], ["first", "<second>"], [[0.25, 1], [0, 0.5]]), null);
        Assert.Equal(3, lines.Length);
        Assert.Contains("███ 100", lines[1], StringComparison.Ordinal);
        Assert.Contains("25", lines[1], StringComparison.Ordinal);
    }

    private static Terminal Plain(int width) =>
        new() { Size = () => (width, 24), HasColor = false, MovesCursor = false };

    private static string[] Lines(TextTable table, Terminal? terminal)
    {
        using StringWriter text = new();
        table.Write(text, terminal);
        return text.ToString().TrimEnd().Split('\n');
    }
}
