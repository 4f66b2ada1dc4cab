using System.Buffers;
using System.Text;
using System.Text.Unicode;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Tasks.Reading;

/// <summary>Splits a stream of UTF-8 into lines through one buffer; blank lines are skipped and counted.</summary>
/// <param name="stream">Where the lines come from.</param>
/// <param name="name">The stream's name in messages.</param>
/// <param name="longest">The longest line accepted, in bytes.</param>
/// <param name="beforeWaiting">Called before more is read, which may block: the time to flush what was written so
/// far.</param>
internal sealed class LineReader(
    Stream stream, string name, int longest = LineReader.Longest, Action? beforeWaiting = null)
{
    /// <summary>Longest line, row or text of a data file, in bytes.</summary>
    public const int Longest = 16 << 20;

    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Number of the line read last, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>Blank lines so far.</summary>
    public int BlankLines { get; private set; }

    /// <summary>The next line without its end or byte-order mark; valid until the next call.</summary>
    /// <exception cref="TaskDataException">The line is not UTF-8 or too long.</exception>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        while (TryReadAny(out line))
        {
            if (!line.ContainsAnyExcept(" \t"u8))
            {
                BlankLines++;
                continue;
            }
            return Utf8.IsValid(line) ? true : throw Fail(NotUtf8(line));
        }
        return false;
    }

    /// <summary>An error in the line read last.</summary>
    public TaskDataException Fail(string problem) => new(name, Line, problem);

    /// <summary>The message about text that is not UTF-8.</summary>
    public static string NotUtf8(ReadOnlySpan<byte> text)
    {
        int position = 0;
        while (Rune.DecodeFromUtf8(text[position..], out _, out int length) == OperationStatus.Done) position += length;
        return $"byte {position + 1} is not UTF-8";
    }

    private bool TryReadAny(out ReadOnlySpan<byte> line)
    {
        int searched = _start;
        while (true)
        {
            int length = _buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n');
            if (length >= 0)
            {
                line = Take(searched + length - _start, 1);
                return true;
            }
            if (_ended)
            {
                line = default;
                if (_start == _end) return false;
                line = Take(_end - _start, 0);
                return true;
            }
            searched = Fill();
        }
    }

    private ReadOnlySpan<byte> Take(int length, int lineEnd)
    {
        ReadOnlySpan<byte> line = _buffer.AsSpan(_start, length);
        _start += length + lineEnd;
        Line++;
        if (Line == 1 && line.StartsWith("\uFEFF"u8)) line = line[3..];
        return line.EndsWith("\r"u8) ? line[..^1] : line;
    }

    /// <summary>Reads more behind what is there; returns where it begins.</summary>
    private int Fill()
    {
        int length = _end - _start;
        if (_start > 0) _buffer.AsSpan(_start, length).CopyTo(_buffer);
        (_start, _end) = (0, length);
        if (length == _buffer.Length)
        {
            if (length >= longest)
                throw new TaskDataException(
                    name, Line + 1, $"is longer than {longest >> 20} MB, expected a line of text");
            Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, longest));
        }
        beforeWaiting?.Invoke();
        int count = stream.Read(_buffer, _end, _buffer.Length - _end);
        _ended = count == 0;
        _end += count;
        return length;
    }
}

/// <summary>Files of data, opened or refused in one sentence.</summary>
internal static class DataFile
{
    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">The expected kind of file, for messages.</param>
    /// <param name="content">The expected content; null skips that check, where files are many and small.</param>
    /// <exception cref="TaskDataException">It is missing, a folder, not the file itself, or cannot be read.</exception>
    public static FileStream Open(string path, string expected, FileContent? content = FileContent.Lines)
    {
        if (Directory.Exists(path)) throw new TaskDataException(path, $"is a folder, expected {expected}");
        if (content is { } kind && ForeignFile.Explain(path, kind) is { } foreign)
            throw new TaskDataException(path, foreign);
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TaskDataException(path, $"no such file, expected {expected}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Unreadable(path, error);
        }
    }

    /// <summary>The whole text of a file.</summary>
    /// <exception cref="TaskDataException">The file cannot be read, is not UTF-8 or longer than a line may
    /// be.</exception>
    public static string ReadText(string path)
    {
        using FileStream file = Open(path, "a text file", null);
        byte[] text = new byte[Math.Min(file.Length, LineReader.Longest + 1L)];
        int length = file.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
        if (length > LineReader.Longest)
            throw new TaskDataException(path, $"is longer than {LineReader.Longest >> 20} MB, expected a text");
        ReadOnlySpan<byte> bytes = text.AsSpan(0, length);
        if (bytes.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        if (bytes.EndsWith("\r"u8)) bytes = bytes[..^1];
        return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes)
            : throw new TaskDataException(path, 1, LineReader.NotUtf8(bytes));
    }

    /// <summary>Reading failed.</summary>
    public static TaskDataException Unreadable(string path, Exception error) =>
        new(path, $"cannot be read ({error.Message.TrimEnd('.')})", error);
}
