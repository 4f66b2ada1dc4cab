using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CrossPT.Prompting.Tasks.Reading;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;

namespace CrossPT.Runner.JsonLines;

/// <summary>Collects lines and writes them in large pieces, only ever whole lines.</summary>
internal sealed class JsonLineWriter(Stream stream)
{
    /// <summary>The longest line of input that the commands accept, in bytes.</summary>
    public const int LongestLine = 256 << 20;

    private const int PieceLength = 1 << 16;

    private int _complete;

    /// <summary>Where a line is written to.</summary>
    public ArrayBufferWriter<byte> Buffer { get; } = new(2 * PieceLength);

    /// <summary>Ends the line.</summary>
    public void EndLine()
    {
        EscapeLineEnds(Buffer, _complete);
        Buffer.Write("\n"u8);
        _complete = Buffer.WrittenCount;
        if (_complete >= PieceLength) Flush();
    }

    /// <summary>Writes the complete lines out; an incomplete one is dropped.</summary>
    public void Flush()
    {
        if (_complete > 0)
        {
            stream.Write(Buffer.WrittenSpan[.._complete]);
            stream.Flush();
        }
        _complete = 0;
        Buffer.ResetWrittenCount();
    }

    /// <summary>
    /// Escapes U+0085, U+2028 and U+2029 in JSON: members that are passed through may hold them, and many programs take
    /// them for the end of a line.
    /// </summary>
    private static void EscapeLineEnds(ArrayBufferWriter<byte> buffer, int start)
    {
        ReadOnlySpan<byte> line = buffer.WrittenSpan[start..];
        if (line.IndexOf("\u0085"u8) < 0 && line.IndexOf("\u2028"u8) < 0 && line.IndexOf("\u2029"u8) < 0) return;
        string text = Encoding.UTF8.GetString(line);
        foreach (char end in "\u0085\u2028\u2029")
            text = text.Replace($"{end}", $"\\u{(int)end:x4}", StringComparison.Ordinal);
        byte[] before = buffer.WrittenSpan[..start].ToArray();
        buffer.ResetWrittenCount();
        buffer.Write(before);
        Encoding.UTF8.GetBytes(text, buffer);
    }
}

/// <summary>The note about skipped lines.</summary>
internal static class SkippedLines
{
    public static void TellSkipped(this LineReader reader, CommandContext context, string name) =>
        Tell(context, name, reader.BlankLines);

    public static void Tell(CommandContext context, string name, int count)
    {
        if (count > 0) context.Note($"{name}: skipped {Plural.Of(count, "blank line")}");
    }
}

/// <summary>Strings as JSON.</summary>
internal static class JsonText
{
    /// <summary>A string in quotes; letters of every language stay as they are.</summary>
    public static string Quote(string text) =>
        $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
