using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using CrossPT.Prompting.Tasks.Reading.Parquet;

namespace CrossPT.Prompting.Tasks.Reading;

/// <summary>Rows of files of objects: JSON lines, a JSON list, Parquet.</summary>
internal static class ObjectRows
{
    /// <summary>The objects of a file, or of all files of a data set in several.</summary>
    /// <param name="location">The file, or the first of several.</param>
    /// <param name="task">The task whose columns are needed; null for all columns.</param>
    /// <param name="skipped">Counts what is passed over.</param>
    public static IEnumerable<JsonField> Read(
        TaskLocation location, TaskDeclaration? task, SkippedRows skipped) => location.Format == TaskFormat.Parquet
        ? ParquetRows.Shards(location).SelectMany(
            file => ParquetRows.Read(file, task).Select(row => new JsonField(row.Value, file, row.Row)))
        : JsonRows.Read(location.File, skipped).Select(row => new JsonField(row.Value, location, row.Line));
}

/// <summary>
/// Rows to be predicted, in any layout that training reads, with or without a label: each an object with all its
/// columns; a cell of a table is a string.
/// </summary>
internal static class InputRows
{
    /// <summary>Reads the rows of a file one by one.</summary>
    /// <exception cref="TaskDataException">The file is missing or broken, or a field's column is.</exception>
    public static IEnumerable<JsonField> Read(string path, TaskDeclaration task, SkippedRows skipped)
    {
        TaskLocation location = TaskData.LocationOfNew(path, task);
        return location.Format switch
        {
            TaskFormat.JsonLines or TaskFormat.Parquet => ObjectRows.Read(location, task: null, skipped),
            _ => ReadTable(location, skipped),
        };
    }

    /// <summary>Reads JSON lines from a stream.</summary>
    /// <exception cref="TaskDataException">A line is not JSON or not UTF-8.</exception>
    public static IEnumerable<JsonField> Read(Stream stream, string name, SkippedRows skipped)
    {
        TaskLocation location = new() { File = name, Format = TaskFormat.JsonLines };
        return JsonRows.ReadLines(stream, name, skipped)
            .Select(row => new JsonField(row.Value, location, row.Line));
    }

    private static IEnumerable<JsonField> ReadTable(TaskLocation location, SkippedRows skipped)
    {
        string[]? header = null;
        ArrayBufferWriter<byte> buffer = new();
        foreach ((int line, string[] cells) in TableRows.ReadCells(location.File, location.Format))
        {
            if (TableRows.IsBlank(cells))
            {
                skipped.Blank++;
                continue;
            }
            if (header is null)
            {
                bool isHeader = location.Header && (location.HeaderMark is null || cells[0] == location.HeaderMark);
                // Columns without names are called by their numbers, as declarations call them.
                header = isHeader ? cells : [.. Enumerable.Range(1, cells.Length).Select(static i => $"{i}")];
                if (isHeader) continue;
            }
            if (cells.Length > header.Length && cells.Skip(header.Length).Any(static cell => cell.Length > 0))
            {
                throw new TaskDataException(
                    location.File, line,
                    $"found {cells.Length} columns, expected {header.Length}, as in the first row");
            }
            buffer.ResetWrittenCount();
            Write(buffer, header, cells);
            using JsonDocument document = JsonDocument.Parse(buffer.WrittenMemory);
            yield return new JsonField(document.RootElement, location, line);
        }
    }

    /// <summary>A row that is too short lacks its last columns.</summary>
    private static void Write(ArrayBufferWriter<byte> buffer, string[] header, string[] cells)
    {
        using Utf8JsonWriter json = new(buffer);
        json.WriteStartObject();
        for (int i = 0; i < Math.Min(header.Length, cells.Length); i++) json.WriteString(header[i], cells[i]);
        json.WriteEndObject();
    }
}

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
