using System.Text.Json;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tasks.Reading;

namespace CrossPT.Runner.OwnData;

/// <summary>Statistics of the columns of a file of rows, from one pass over it.</summary>
internal sealed class DataColumns
{
    private readonly List<DataColumn> _all = [];

    private DataColumns(string path) => Path = path;

    public string Path { get; }

    public IReadOnlyList<DataColumn> All => _all;

    public int Rows { get; private set; }

    /// <summary>Names of all columns, for messages.</summary>
    public string Names => string.Join(", ", _all.Take(16).Select(static column => column.Name));

    /// <summary>Reads a file of any layout.</summary>
    /// <exception cref="TaskDataException">It is missing, broken or empty.</exception>
    public static DataColumns Read(TaskLocation location)
    {
        DataColumns columns = new(location.File);
        try
        {
            if (location.Format is TaskFormat.JsonLines or TaskFormat.Parquet) columns.ReadObjects(location);
            else columns.ReadTable(location);
        }
        catch (Exception error) when (
            error is not TaskDataException
            && error is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw DataFile.Unreadable(location.File, error);
        }
        return columns.Rows > 0
            ? columns
            : throw new TaskDataException(location.File, "is empty, expected rows with a text and a label");
    }

    /// <summary>A column by name, else by its name in any case; null where there is none.</summary>
    public DataColumn? Find(string name) =>
        _all.Find(column => column.Name == name)
        ?? _all.Find(column => column.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private void ReadObjects(TaskLocation location)
    {
        foreach (JsonField row in ObjectRows.Read(location, task: null, new SkippedRows()))
        {
            row.RequireObject();
            Rows++;
            foreach (JsonProperty member in row.Value.EnumerateObject())
            {
                DataColumn? column = _all.Find(column => column.Name == member.Name);
                if (column is null) _all.Add(column = new DataColumn(member.Name));
                column.Add(member.Value);
            }
        }
    }

    private void ReadTable(TaskLocation location)
    {
        DataColumn[]? header = null;
        foreach ((_, string[] cells) in TableRows.ReadCells(location.File, location.Format))
        {
            if (TableRows.IsBlank(cells)) continue;
            if (header is null)
            {
                if (cells is [var only] && only.Contains(';', StringComparison.Ordinal))
                    throw new TaskDataException(
                        location.File, 1,
                        $"has one column, \"{only}\", expected commas between columns, not semicolons");
                header = Array.ConvertAll(TableRows.NamesOf(cells), static name => new DataColumn(name));
                // Of two of one name, which is an error where it is the text or the label, the first.
                _all.AddRange(header.DistinctBy(static column => column.Name));
                continue;
            }
            Rows++;
            for (int i = 0; i < Math.Min(cells.Length, header.Length); i++) header[i].Add(cells[i]);
        }
    }
}

/// <summary>Statistics of one column.</summary>
internal sealed class DataColumn(string name)
{
    /// <summary>Different values that are remembered; beyond, a column holds neither classes nor the grid of a
    /// scale.</summary>
    private const int MostValues = 4096;

    private readonly HashSet<string> _values = new(StringComparer.OrdinalIgnoreCase);
    private long _words;
    private long _letters;
    private long _foreign;

    public string Name => name;

    /// <summary>Rows with a value.</summary>
    public int Filled { get; private set; }

    /// <summary>Whether some value is a list or an object.</summary>
    public bool IsNested { get; private set; }

    /// <summary>Whether every value is a number.</summary>
    public bool IsNumeric { get; private set; } = true;

    /// <summary>Whether every value is an integer.</summary>
    public bool IsInteger { get; private set; } = true;

    public double Minimum { get; private set; } = double.PositiveInfinity;

    public double Maximum { get; private set; } = double.NegativeInfinity;

    /// <summary>The different values, those in another case or written <c>1.0</c> for <c>1</c> once.</summary>
    public IReadOnlyCollection<string> Values => _values;

    /// <summary>Whether there are more values than <see cref="Values"/>.</summary>
    public bool HasMore { get; private set; }

    public double WordsPerValue => (double)_words / Math.Max(1, Filled);

    /// <summary>Whether most letters are of other alphabets than the Latin one.</summary>
    public bool IsForeign => _foreign * 2 > _letters;

    public void Add(JsonElement value)
    {
        if (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array) IsNested = true;
        else if (value.ValueKind == JsonValueKind.String) Add(value.GetString()!);
        else if (value.ValueKind != JsonValueKind.Null) Add(value.GetRawText());
    }

    public void Add(string text)
    {
        if (string.IsNullOrWhiteSpace(text)) return;
        Filled++;
        if (TaskScale.Parse(text) is { } number)
        {
            Minimum = Math.Min(Minimum, number);
            Maximum = Math.Max(Maximum, number);
            IsInteger &= number == Math.Truncate(number);
        }
        else IsNumeric = IsInteger = false;
        bool inWord = false;
        foreach (char c in text)
        {
            bool isSpace = char.IsWhiteSpace(c);
            if (!isSpace && !inWord) _words++;
            inWord = !isSpace;
            if (!char.IsLetter(c)) continue;
            _letters++;
            if (c > 'ɏ') _foreign++;
        }
        if (_values.Count < MostValues) _values.Add(DerivedTask.Plain(text));
        else HasMore |= !_values.Contains(DerivedTask.Plain(text));
    }
}
