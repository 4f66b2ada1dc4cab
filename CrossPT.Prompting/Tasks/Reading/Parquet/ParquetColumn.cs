using System.Text.Json;
using Parquet;
using Parquet.Schema;

namespace CrossPT.Prompting.Tasks.Reading.Parquet;

/// <summary>A column of a row group: read whole, then written value by value.</summary>
internal abstract class ParquetColumn
{
    private static readonly Dictionary<Type, Func<ParquetRowGroupReader, DataField, int, string[]?,
        ParquetColumn>> s_kinds = new()
    {
        [typeof(ReadOnlyMemory<char>)] =
            Kind<ReadOnlyMemory<char>>(static (json, value) => json.WriteStringValue(value.Span)),
        [typeof(bool)] = Kind<bool>(static (json, value) => json.WriteBooleanValue(value)),
        [typeof(sbyte)] = Kind<sbyte>(static (json, value) => json.WriteNumberValue(value)),
        [typeof(byte)] = Kind<byte>(static (json, value) => json.WriteNumberValue(value)),
        [typeof(short)] = Kind<short>(static (json, value) => json.WriteNumberValue(value)),
        [typeof(ushort)] = Kind<ushort>(static (json, value) => json.WriteNumberValue(value)),
        [typeof(int)] = Kind<int>(static (json, value) => json.WriteNumberValue(value)),
        [typeof(uint)] = Kind<uint>(static (json, value) => json.WriteNumberValue(value)),
        [typeof(long)] = Kind<long>(static (json, value) => json.WriteNumberValue(value)),
        [typeof(ulong)] = Kind<ulong>(static (json, value) => json.WriteNumberValue(value)),
        [typeof(float)] = Kind<float>(static (json, value) => Write(json, value, float.IsFinite(value))),
        [typeof(double)] = Kind<double>(static (json, value) => Write(json, value, double.IsFinite(value))),
    };

    /// <summary>Names of the objects that hold the value, and its own; without the parts that mean a list.</summary>
    public required IReadOnlyList<string> Path { get; init; }

    public static bool CanRead(DataField field) => field.MaxRepetitionLevel <= 1 && s_kinds.ContainsKey(field.ClrType);

    /// <summary>Reads a column.</summary>
    /// <exception cref="InvalidDataException">Its pages or counts cannot be.</exception>
    public static ParquetColumn Read(
        ParquetRowGroupReader group, DataField field, ParquetSource source, ColumnNames names)
    {
        long count = group.GetMetadata(field)?.MetaData is { } column ? column.NumValues
            : throw new InvalidDataException($"no column {field.Path}");
        source.CheckPages(column);
        // A list may have more values than rows; each takes a bit at least.
        bool fits = field.MaxRepetitionLevel > 0 ? count >= group.RowCount && count / 8 <= source.Length + (1 << 20)
            : count == group.RowCount;
        if (!fits)
            throw new InvalidDataException($"{count} values of the column {field.Path} in {group.RowCount} rows");
        string[]? labels = field.MaxRepetitionLevel == 0 && field.Path.Length == 1 ? names.Of(field.Name) : null;
        return s_kinds[field.ClrType](group, field, checked((int)count), labels);
    }

    /// <summary>Writes the next row's value.</summary>
    public abstract void WriteNext(Utf8JsonWriter json);

    private static void Write(Utf8JsonWriter json, double value, bool isFinite)
    {
        if (isFinite) json.WriteNumberValue(value);
        else json.WriteNullValue();
    }

    private static Func<ParquetRowGroupReader, DataField, int, string[]?,
        ParquetColumn> Kind<T>(Action<Utf8JsonWriter, T> write)
        where T : struct => (group, field, count, labels) =>
    {
        T[] values = new T[count];
        int[]? definition = field.MaxDefinitionLevel > 0 ? new int[count]
            : null, repetition = field.MaxRepetitionLevel > 0 ? new int[count] : null;
        // A null array would become empty memory, which means "given".
        group.ReadRawAsync<T>(
            field, values, definition is null ? (Memory<int>?)null : definition, repetition is null
                ? (Memory<int>?)null : repetition).AsTask().GetAwaiter().GetResult();
        return new Column<T>(values, definition, repetition, field, write, labels) { Path = PathOf(field) };
    };

    /// <summary>
    /// Lists are written as NAME.list.element, by older programs as NAME.bag.array_element or NAME.array.
    /// </summary>
    private static string[] PathOf(DataField field)
    {
        string[] parts = [.. field.Path.ToList()];
        return field.MaxRepetitionLevel == 0
            ? parts
            : [.. parts.Where(static (part, i) => i == 0
                || part is not ("list" or "element" or "item" or "bag" or "array_element" or "array"))];
    }

    private sealed class Column<T>(
        T[] values, int[]? definition, int[]? repetition, DataField field, Action<Utf8JsonWriter, T> write,
        string[]? labels)
        : ParquetColumn
    {
        private int _value;
        private int _level;

        public override void WriteNext(Utf8JsonWriter json)
        {
            if (repetition is null)
            {
                WriteOne(json);
                return;
            }
            json.WriteStartArray();
            do
            {
                // Below the level of an element that is null, the list itself is null or empty.
                if (definition![_level] >= field.MaxDefinitionLevel - (field.IsNullable ? 1 : 0)) WriteOne(json);
                else _level++;
            }
            while (_level < repetition.Length && repetition[_level] > 0);
            json.WriteEndArray();
        }

        private void WriteOne(Utf8JsonWriter json)
        {
            bool isNull = definition is not null && definition[_level] < field.MaxDefinitionLevel;
            _level++;
            if (isNull) json.WriteNullValue();
            else if (labels is not null && Convert.ToInt64(values[_value], null) is >= 0 and long number
                && number < labels.Length)
            {
                json.WriteStringValue(labels[number]);
                _value++;
            }
            else write(json, values[_value++]);
        }
    }
}

/// <summary>
/// Names of numbered labels, from the metadata that Hugging Face's <c>datasets</c> writes: <c>{"info": {"features":
/// {COLUMN: {"names": […]}}}}</c>.
/// </summary>
internal sealed class ColumnNames
{
    private readonly Dictionary<string, string[]> _names = [];

    /// <param name="metadata">The file's metadata.</param>
    /// <param name="location">The file.</param>
    /// <param name="task">The task, whose own numbers are kept unless it knows every name; null takes the names of all
    /// columns.</param>
    public ColumnNames(Dictionary<string, string> metadata, TaskLocation location, TaskDeclaration? task)
    {
        if (!metadata.TryGetValue("huggingface", out string? json)) return;
        foreach ((string column, string[] names) in Parse(json))
        {
            if (task is null) _names.Add(column, names);
            else if (column == location.ColumnOf(task.LabelField))
            {
                LabelNames labels = new(task, location.Spellings);
                // Names that are numbers, as Yelp's 1 and 2, can be taken for the task's own where not all are known.
                bool isKnown = names.All(name => labels.Find(name) >= 0);
                bool hasNumbers = names.Any(static name => TaskScale.Parse(name) is not null);
                if (isKnown && (!hasNumbers || names.Length == task.Labels.Count)) _names.Add(column, names);
            }
        }
    }

    /// <summary>The names of a column's numbers; null where those stand for themselves.</summary>
    public string[]? Of(string column) => _names.GetValueOrDefault(column);

    private static Dictionary<string, string[]> Parse(string json)
    {
        Dictionary<string, string[]> all = [];
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            foreach (JsonProperty column in document.RootElement.GetProperty("info").GetProperty(
                "features").EnumerateObject())
            {
                if (column.Value.ValueKind == JsonValueKind.Object
                    && column.Value.TryGetProperty("names", out JsonElement names))
                    all[column.Name] = [.. names.EnumerateArray().Select(static name => name.GetString()!)];
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            // Metadata of another program: its labels are numbers.
            return [];
        }
        return all;
    }
}
