using System.Buffers;
using System.Text;
using System.Text.Unicode;

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
