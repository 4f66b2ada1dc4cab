using System.Buffers;
using System.Text.Json;
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
