using System.Text.Json;

namespace CrossPT.Prompting.Tasks.Reading;

/// <summary>
/// A JSON value of a row, valid until the next row is read, with its place: every error names file, line and field.
/// </summary>
internal readonly struct JsonField
{
    private readonly string _name;

    /// <param name="value">The object of a row, or any value of it.</param>
    /// <param name="location">The file and its layout.</param>
    /// <param name="line">The line or row, from 1.</param>
    /// <param name="name">Path within the row; empty for the row itself.</param>
    public JsonField(JsonElement value, TaskLocation location, int line, string name = "")
    {
        Value = value;
        _name = name;
        Location = location;
        Line = line;
    }

    public JsonElement Value { get; }

    public TaskLocation Location { get; }

    public int Line { get; }

    public bool IsNull => Value.ValueKind == JsonValueKind.Null;

    public bool IsList => Value.ValueKind == JsonValueKind.Array;

    public bool IsObject => Value.ValueKind == JsonValueKind.Object;

    /// <summary>The text of a string.</summary>
    public string Text => Value.ValueKind == JsonValueKind.String ? Value.GetString()! : throw Wrong("a string");

    /// <summary>An integer.</summary>
    public int Int32 =>
        Value.ValueKind == JsonValueKind.Number && Value.TryGetInt32(out int number)
            ? number
            : throw Wrong("an integer");

    /// <summary>A label: a string, a number or a truth value, as it is spelled.</summary>
    public RowLabel Label => new(
        Value.ValueKind switch
        {
            JsonValueKind.String => Value.GetString()!,
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => Value.GetRawText(),
            _ => throw Wrong("a label"),
        },
        _name, Describe());

    /// <summary>The values of a list.</summary>
    public IReadOnlyList<JsonField> Elements
    {
        get
        {
            if (!IsList) throw Wrong("a list");
            List<JsonField> elements = [];
            foreach (JsonElement element in Value.EnumerateArray())
                elements.Add(new JsonField(element, Location, Line, $"{_name}[{elements.Count}]"));
            return elements;
        }
    }

    /// <summary>Names of an object's members.</summary>
    public IEnumerable<string> Names => Value.EnumerateObject().Select(static member => member.Name);

    /// <summary>The distinct texts of a list, in order.</summary>
    public IReadOnlyList<string> Texts => [.. Elements.Select(static element => element.Text).Distinct()];

    /// <summary>An object's members in order, with their values as JSON.</summary>
    /// <exception cref="TaskDataException">A name is no Unicode text.</exception>
    public IReadOnlyList<(string Name, string Json)> Members
    {
        get
        {
            JsonElement value = Value;
            return Read(() => value.EnumerateObject()
                .Select(static member => (member.Name, member.Value.GetRawText())).ToArray());
        }
    }

    public JsonField this[string field] => Find(field) ?? throw Fail($"no field \"{Inner(field)}\"");

    public JsonField? Find(string field)
    {
        if (!IsObject) throw Wrong("an object");
        return Value.TryGetProperty(field, out JsonElement member)
            ? new JsonField(member, Location, Line, Inner(field))
            : null;
    }

    /// <summary>Reads something of a row, which must be an object.</summary>
    /// <exception cref="TaskDataException">The row is no object, or a string of it no Unicode text.</exception>
    public T Read<T>(Func<T> read)
    {
        RequireObject();
        try
        {
            return read();
        }
        catch (InvalidOperationException error)
        {
            throw new TaskDataException(
                Location.File, Line, "not valid JSON: a string is no Unicode text (half a surrogate pair)", error);
        }
    }

    /// <summary>Refuses a row that is no object.</summary>
    public void RequireObject()
    {
        if (!IsObject) throw Fail($"found {Describe()}, expected a JSON object");
    }

    /// <summary>A row with this one's place.</summary>
    public Row ToRow(Dictionary<string, string> fields) => new(fields) { File = Location.File, Line = Line };

    public TaskDataException Wrong(string expected) => Fail($"\"{_name}\" is {Describe()}, expected {expected}");

    public TaskDataException Fail(string problem) => new(Location.File, Line, problem);

    private string Describe()
    {
        string text = Value.GetRawText();
        return Value.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            _ => text.Length <= 60 ? text : $"{text.AsSpan(0, 60)}…",
        };
    }

    private string Inner(string field) => _name.Length == 0 ? field : $"{_name}.{field}";
}
