using System.Text;
using CrossPT.Runner.Cli;
using CrossPT.Runner.JsonLines;

namespace CrossPT.Runner.Tests.JsonLines;

public sealed class JsonLineReaderTests
{
    [Theory]
    [InlineData("a\nb\n", "a", "b")]
    [InlineData("a\nb", "a", "b")]
    [InlineData("a\r\nb\r\n", "a\r", "b\r")]
    [InlineData("a\n\n  \r\n", "a")]
    [InlineData("\uFEFFa\nb", "a", "b")]
    [InlineData("")]
    [InlineData("\n")]
    public void Lines_AreCut(string text, params string[] expected) => Assert.Equal(expected, ReadAll(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Lines_LongerThanTheBuffer_StayWhole()
    {
        string[] expected = [new string('x', 200_000), "y", new string('z', 65_536), new string('w', 65_535)];
        Assert.Equal(expected, ReadAll(Encoding.UTF8.GetBytes(string.Join('\n', expected)), step: 1000));
    }

    [Fact]
    public void BlankLine_BeforeOthers_IsNamed() =>
        Assert.Equal("in.jsonl:2: the line is empty, expected a JSON object", Assert.Throws<UserException>(() => ReadAll("a\n\n\nb"u8.ToArray())).Message);

    [Fact]
    public void InvalidUtf8_IsNamedWithLineAndByte() =>
        Assert.Equal("in.jsonl:2: byte 3 is not UTF-8", Assert.Throws<UserException>(() => ReadAll([(byte)'a', (byte)'\n', 0xC3, 0xA9, 0xFF, (byte)'\n'])).Message);

    [Fact]
    public void Waiting_IsAnnouncedOnlyBeforeReading()
    {
        int waits = 0;
        JsonLineReader reader = new(new MemoryStream("a\nb\nc\n"u8.ToArray()), "in.jsonl", () => waits++);
        for (int i = 0; i < 3; i++) Assert.True(reader.TryRead(out _));
        Assert.Equal(1, waits);
    }

    private static List<string> ReadAll(byte[] bytes, int step = int.MaxValue)
    {
        JsonLineReader reader = new(new DripStream(bytes, step), "in.jsonl", () => { });
        List<string> lines = [];
        while (reader.TryRead(out ReadOnlySpan<byte> line)) lines.Add(Encoding.UTF8.GetString(line));
        return lines;
    }

    /// <summary>Gives a few bytes at a time, as a pipe may.</summary>
    private sealed class DripStream(byte[] bytes, int step) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, step));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, step)]);
    }
}
