using System.Text;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tasks.Reading;

namespace CrossPT.Prompting.Tests.Tasks.Reading;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("a\nb\n", 0, "a", "b")]
    [InlineData("a\nb", 0, "a", "b")]
    [InlineData("a\r\nb\r\n", 0, "a", "b")]
    [InlineData("a\n\n  \r\n", 2, "a")]
    [InlineData("a\n\n\t\nb", 2, "a", "b")]
    [InlineData("\uFEFFa\nb", 0, "a", "b")]
    [InlineData("", 0)]
    [InlineData("\n", 1)]
    public void Lines_AreCut_AndBlankOnesCounted(string text, int blank, params string[] expected)
    {
        LineReader reader = new(new MemoryStream(Encoding.UTF8.GetBytes(text)), "in.jsonl");
        Assert.Equal(expected, ReadAll(reader));
        Assert.Equal(blank, reader.BlankLines);
    }

    [Fact]
    public void Lines_LongerThanTheBuffer_StayWhole()
    {
        string[] expected = [new string('x', 200_000), "y", new string('z', 65_536), new string('w', 65_535)];
        Assert.Equal(expected, ReadAll(
            new LineReader(new DripStream(Encoding.UTF8.GetBytes(string.Join('\n', expected)), 1000), "in.jsonl")));
    }

    [Fact]
    public void InvalidUtf8_IsNamedWithLineAndByte()
    {
        LineReader reader = new(new MemoryStream([(byte)'a', (byte)'\n', 0xC3, 0xA9, 0xFF, (byte)'\n']), "in.jsonl");
        Assert.Equal("in.jsonl:2: byte 3 is not UTF-8",
            Assert.Throws<TaskDataException>(() => ReadAll(reader)).Message);
    }

    [Fact]
    public void ALongerLine_IsRefused()
    {
        LineReader reader = new(new MemoryStream(new byte[3 << 20]), "in.jsonl", longest: 1 << 20);
        Assert.Equal("in.jsonl:1: is longer than 1 MB, expected a line of text",
            Assert.Throws<TaskDataException>(() => ReadAll(reader)).Message);
    }

    [Fact]
    public void Waiting_IsAnnouncedOnlyBeforeReading()
    {
        int waits = 0;
        LineReader reader = new(new MemoryStream("a\nb\nc\n"u8.ToArray()), "in.jsonl", beforeWaiting: () => waits++);
        for (int i = 0; i < 3; i++) Assert.True(reader.TryRead(out _));
        Assert.Equal(1, waits);
    }

    private static List<string> ReadAll(LineReader reader)
    {
        List<string> lines = [];
        while (reader.TryRead(out ReadOnlySpan<byte> line)) lines.Add(Encoding.UTF8.GetString(line));
        return lines;
    }

    /// <summary>Gives a few bytes at a time, as a pipe may.</summary>
    private sealed class DripStream(byte[] bytes, int step) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) =>
            base.Read(buffer, offset, Math.Min(count, step));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, step)]);
    }
}
