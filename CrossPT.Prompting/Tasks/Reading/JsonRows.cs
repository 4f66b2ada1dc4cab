using System.Text.Json;
using System.Text.Unicode;

namespace CrossPT.Prompting.Tasks.Reading;

/// <summary>The values of a JSON file, each with its line: one a line, or the elements of a list.</summary>
internal static class JsonRows
{
    /// <summary>Reads value by value; a value is valid until the next is asked for.</summary>
    /// <exception cref="TaskDataException">A value is not JSON, not UTF-8 or too long.</exception>
    public static IEnumerable<(int Line, JsonElement Value)> Read(string path, SkippedRows skipped)
    {
        using FileStream file = DataFile.Open(path, "a file of JSON lines");
        if (IsList(file))
        {
            JsonListReader list = new(file, path);
            while (list.TryRead() is { } element)
            {
                using (element) yield return (list.Line, element.RootElement);
            }
            yield break;
        }
        foreach ((int Line, JsonElement Value) row in ReadLines(file, path, skipped)) yield return row;
    }

    /// <summary>Reads a value a line; a value is valid until the next is asked for.</summary>
    /// <exception cref="TaskDataException">A line is not JSON, not UTF-8 or too long.</exception>
    public static IEnumerable<(int Line, JsonElement Value)> ReadLines(
        Stream stream, string name, SkippedRows skipped)
    {
        LineReader lines = new(stream, name);
        while (TryParse(lines) is { } value)
        {
            using (value) yield return (lines.Line, value.RootElement);
        }
        skipped.Blank += lines.BlankLines;
    }

    private static JsonDocument? TryParse(LineReader lines)
    {
        if (!lines.TryRead(out ReadOnlySpan<byte> line)) return null;
        try
        {
            Utf8JsonReader reader = new(line);
            JsonDocument document = JsonDocument.ParseValue(ref reader);
            // Refuses text after the value.
            reader.Read();
            return document;
        }
        catch (JsonException error)
        {
            throw lines.Fail($"byte {(error.BytePositionInLine ?? 0) + 1}: not valid JSON, expected an object");
        }
    }

    private static bool IsList(FileStream file)
    {
        if (!file.CanSeek) return false;
        Span<byte> start = stackalloc byte[256];
        start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        file.Position = 0;
        if (start.StartsWith("\uFEFF"u8)) start = start[3..];
        return start.TrimStart(" \t\r\n"u8) is [(byte)'[', ..];
    }

    /// <summary>Reads the elements of a list, one in memory at a time.</summary>
    private sealed class JsonListReader(Stream stream, string path)
    {
        private byte[] _buffer = new byte[1 << 16];
        private int _start;
        private int _end;
        private bool _ended;
        private bool _begun;
        private JsonReaderState _state;
        private int _consumedLines = 1;

        /// <summary>The line on which the element read last begins.</summary>
        public int Line { get; private set; }

        public JsonDocument? TryRead()
        {
            while (true)
            {
                try
                {
                    if (TryTake(out JsonDocument? element)) return element;
                }
                catch (JsonException error)
                {
                    int line = (int)Math.Min(error.LineNumber ?? 0, int.MaxValue - 1) + 1;
                    throw new TaskDataException(path, line,
                        $"byte {(error.BytePositionInLine ?? 0) + 1}: not valid JSON, expected a list of objects",
                        error);
                }
                Fill();
            }
        }

        /// <summary>Takes the next element, or null at the list's end; false where more has to be read first.</summary>
        private bool TryTake(out JsonDocument? element)
        {
            element = null;
            ReadOnlySpan<byte> text = _buffer.AsSpan(_start, _end - _start);
            Utf8JsonReader reader = new(text, _ended, _state);
            if (!reader.Read()) return false;
            if (!_begun)
            {
                _begun = true;
                Consume(ref reader);
                return TryTake(out element);
            }
            if (reader.TokenType == JsonTokenType.EndArray)
            {
                // Refuses text after the list.
                return _ended && !reader.Read();
            }
            int start = (int)reader.TokenStartIndex;
            if (!reader.TrySkip()) return false;
            ReadOnlySpan<byte> value = text[start..(int)reader.BytesConsumed];
            Line = _consumedLines + text[..start].Count((byte)'\n');
            if (!Utf8.IsValid(value)) throw new TaskDataException(path, Line, LineReader.NotUtf8(value));
            element = JsonDocument.Parse(value.ToArray());
            Consume(ref reader);
            return true;
        }

        private void Consume(ref Utf8JsonReader reader)
        {
            int length = (int)reader.BytesConsumed;
            _consumedLines += _buffer.AsSpan(_start, length).Count((byte)'\n');
            _start += length;
            _state = reader.CurrentState;
        }

        private void Fill()
        {
            bool isFirst = !_begun && _end == 0;
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            if (_end == _buffer.Length)
            {
                if (_end >= LineReader.Longest)
                    throw new TaskDataException(path, _consumedLines,
                        $"has an element longer than {LineReader.Longest >> 20} MB, expected an object");
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }
            int count = stream.ReadAtLeast(_buffer.AsSpan(_end), isFirst ? 3 : 1, throwOnEndOfStream: false);
            _ended = count == 0;
            _end += count;
            if (isFirst && _buffer.AsSpan(0, _end).StartsWith("\uFEFF"u8)) _start = 3;
        }
    }
}
