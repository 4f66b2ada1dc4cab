using System.Buffers;
using System.Text.Json;
using CrossPT.Prompting.Configuration;
using CrossPT.Tensors.Files;
using Parquet;
using Parquet.Schema;

namespace CrossPT.Prompting.Tasks.Reading.Parquet;

/// <summary>Rows of a Parquet file as JSON objects, so that tasks and transforms see one kind of row.</summary>
internal static class ParquetRows
{
    private const long SmallestLimit = 1 << 20;

    /// <summary>
    /// Reads row by row, a row group in memory at a time; an object is valid until the next is asked for.
    /// </summary>
    /// <param name="location">The file.</param>
    /// <param name="task">The task whose columns are read; null, or one with a transform, reads all columns.</param>
    /// <exception cref="TaskDataException">The file is no Parquet file, is broken, or claims more than its length bears
    /// out.</exception>
    public static IEnumerable<(int Row, JsonElement Value)> Read(TaskLocation location, TaskDeclaration? task)
    {
        string path = location.File;
        using FileStream file = DataFile.Open(path, "a Parquet file", FileContent.Binary);
        using ParquetSource source = Try(path, () => new ParquetSource(file));
        ParquetReader reader = Try(path, () => Wait(ParquetReader.CreateAsync(source)));
        ColumnNames names = new(Try(path, () => reader.CustomMetadata), location, task);
        DataField[] fields = Try(path, () => Choose(reader.Schema, location, task));
        long rows = reader.RowGroups.Sum(static group => Math.Max(0, group.RowCount));
        long most = SmallestLimit + file.Length, letters = 64 * most;
        if (rows > most) throw Broken(path, $"{rows} rows in {file.Length} bytes");
        int row = 0;
        ArrayBufferWriter<byte> buffer = new();
        foreach (ParquetRowGroupReader group in reader.RowGroups)
        {
            ParquetColumn[] columns = Try(
                path, () => Array.ConvertAll(fields, field => ParquetColumn.Read(group, field, source, names)));
            for (long i = 0; i < group.RowCount; i++)
            {
                row++;
                buffer.ResetWrittenCount();
                Try(path, () => Write(buffer, columns));
                letters -= buffer.WrittenCount;
                if (letters < 0 || buffer.WrittenCount > LineReader.Longest)
                    throw new TaskDataException(path, row,
                        $"unpacks to more text than a file of {file.Length} bytes may hold");
                using JsonDocument document = JsonDocument.Parse(buffer.WrittenMemory);
                yield return (row, document.RootElement);
            }
        }
    }

    /// <summary>The names of a column's numbers and of all columns; null where the numbers have no names.</summary>
    /// <exception cref="TaskDataException">The file is no Parquet file, or is broken.</exception>
    public static (string[] Columns, string[] Names)? ReadNames(TaskLocation location, string column)
    {
        string path = location.File;
        using FileStream file = DataFile.Open(path, "a Parquet file", FileContent.Binary);
        using ParquetSource source = Try(path, () => new ParquetSource(file));
        ParquetReader reader = Try(path, () => Wait(ParquetReader.CreateAsync(source)));
        string[] columns = Try(path, () => reader.Schema.Fields.Select(static field => field.Name).ToArray());
        string[]? names = Try(path, () => new ColumnNames(reader.CustomMetadata, location, null)).Of(column);
        return names is not null && columns.Contains(column) ? (columns, names) : null;
    }

    /// <summary>
    /// The files of a data set in several, beginning with the one named: <c>0000.parquet</c>,
    /// <c>train-00000-of-00002.parquet</c>.
    /// </summary>
    public static IEnumerable<TaskLocation> Shards(TaskLocation location)
    {
        string name = Path.GetFileName(location.File), folder = Path.GetDirectoryName(location.File) ?? "";
        int of = name.IndexOf("-00000-of-", StringComparison.Ordinal);
        bool isCounted = of >= 0 && int.TryParse(name.AsSpan(of + 10, Math.Min(5, name.Length - of - 10)), out int _);
        int count = isCounted ? int.Parse(name.AsSpan(of + 10, 5), System.Globalization.CultureInfo.InvariantCulture)
            : int.MaxValue;
        yield return location;
        for (int i = 1; i < count; i++)
        {
            string next = isCounted ? $"{name[..of]}-{i:D5}{name[(of + 6)..]}" : $"{i:D4}.parquet";
            string path = Path.Combine(folder, next);
            if (!isCounted && (name != "0000.parquet" || !File.Exists(path))) yield break;
            yield return location with { File = path };
        }
    }

    private static DataField[] Choose(ParquetSchema schema, TaskLocation location, TaskDeclaration? task)
    {
        DataField[] all = schema.GetDataFields();
        if (task is not { Transform: null }) return [.. all.Where(ParquetColumn.CanRead)];
        string[] needed = [.. task.Columns.Select(location.ColumnOf).Distinct()];
        string[] names = [.. all.Select(static field => field.Path.FirstPart).OfType<string>().Distinct()];
        if (needed.FirstOrDefault(name => !names.Contains(name)) is { } missing)
            throw new TaskDataException(location.File,
                $"no column \"{missing}\", only {string.Join(", ", names.Take(16))}");
        DataField[] chosen = [.. all.Where(field => needed.Contains(field.Path.FirstPart))];
        return chosen.FirstOrDefault(static field => !ParquetColumn.CanRead(field)) is { } other
            ? throw new TaskDataException(
                location.File,
                $"the column \"{other.Path}\" is of {other.ClrType.Name}, expected text, numbers or truth values")
            : chosen;
    }

    private static bool Write(ArrayBufferWriter<byte> buffer, ParquetColumn[] columns)
    {
        using Utf8JsonWriter json = new(buffer);
        WriteObject(json, columns, 0);
        return true;
    }

    /// <summary>Columns that share the first parts of their names are one object.</summary>
    private static void WriteObject(Utf8JsonWriter json, ParquetColumn[] columns, int depth)
    {
        json.WriteStartObject();
        foreach (IGrouping<string, ParquetColumn> member in columns.GroupBy(column => column.Path[depth]))
        {
            json.WritePropertyName(member.Key);
            ParquetColumn[] inner = [.. member];
            if (inner[0].Path.Count == depth + 1) inner[0].WriteNext(json);
            else WriteObject(json, inner, depth + 1);
        }
        json.WriteEndObject();
    }

    /// <summary>Parquet.Net throws whatever a broken file leads it to.</summary>
    private static T Try<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is not (TaskDataException or OutOfMemoryException))
        {
            throw Broken(path, error.Reason(), error);
        }
    }

    private static TaskDataException Broken(string path, string problem, Exception? error = null) =>
        new(path, $"cannot be read as Parquet ({problem.TrimEnd('.')})", error);

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
}
