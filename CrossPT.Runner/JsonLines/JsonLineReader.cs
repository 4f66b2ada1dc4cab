using System.Text.Unicode;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.JsonLines;

/// <summary>Cuts a stream of UTF-8 into lines, through one buffer.</summary>
/// <param name="stream">Where the lines come from.</param>
/// <param name="name">What messages call it.</param>
/// <param name="beforeWaiting">Called before more is read: the time to hand over what was written so far.</param>
internal sealed class JsonLineReader(Stream stream, string name, Action beforeWaiting)
{
    private const int LongestLine = 256 << 20;

    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Number of the line read last, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>The next line without its end; it stays valid until the next call. Blank lines may end the input and nothing else.</summary>
    /// <exception cref="UserException">A line is blank before others, not UTF-8, or too long.</exception>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        if (!TryReadAny(out line)) return false;
        if (IsBlank(line))
        {
            long blank = Line;
            while (TryReadAny(out line))
            {
                if (!IsBlank(line)) throw new UserException($"{name}:{blank}: the line is empty, expected a JSON object");
            }
            return false;
        }
        if (!Utf8.IsValid(line)) throw Fail($"byte {FirstInvalid(line) + 1} is not UTF-8");
        return true;
    }

    /// <summary>An error in the line read last.</summary>
    public UserException Fail(string problem) => new($"{name}:{Line}: {problem}");

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
        // Editors on Windows begin a file with a byte-order mark.
        return Line == 1 && line.StartsWith("\uFEFF"u8) ? line[3..] : line;
    }

    /// <summary>Reads more behind what is there; returns where it begins.</summary>
    private int Fill()
    {
        int length = _end - _start;
        if (_start > 0) _buffer.AsSpan(_start, length).CopyTo(_buffer);
        (_start, _end) = (0, length);
        if (length == _buffer.Length)
        {
            if (length >= LongestLine) throw new UserException($"{name}:{Line + 1}: the line is longer than {LongestLine >> 20} MB");
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
        beforeWaiting();
        int count = stream.Read(_buffer, _end, _buffer.Length - _end);
        _ended = count == 0;
        _end += count;
        return length;
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => !line.ContainsAnyExcept(" \t\r"u8);

    private static int FirstInvalid(ReadOnlySpan<byte> line)
    {
        int position = 0;
        while (System.Text.Rune.DecodeFromUtf8(line[position..], out _, out int length) == System.Buffers.OperationStatus.Done) position += length;
        return position;
    }
}
