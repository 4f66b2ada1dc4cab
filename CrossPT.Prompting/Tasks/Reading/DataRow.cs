using System.Text.Json;

namespace CrossPT.Prompting.Tasks.Reading;

/// <summary>A row's answer as the data has it.</summary>
/// <param name="Text">Its spelling.</param>
/// <param name="Field">The field it stands in.</param>
/// <param name="Shown">How a message shows it.</param>
internal readonly record struct RowLabel(string Text, string Field, string Shown);

/// <summary>A row of any layout, before the task interprets it.</summary>
internal sealed record DataRow(string Path, int Line, Dictionary<string, string> Fields)
{
    /// <summary>The label or score; null for a task with candidates.</summary>
    public RowLabel? Label { get; init; }

    public string? Group { get; init; }

    public IReadOnlyList<string>? Candidates { get; init; }

    public IReadOnlyList<string>? Answers { get; init; }
}

/// <summary>Counts what a reader passes over.</summary>
internal sealed class SkippedRows
{
    public int Blank { get; set; }

    /// <summary>Rows with too few columns, where the declaration drops those.</summary>
    public int Short { get; set; }
}

/// <summary>
/// A value of a JSON line that knows its place, so that whatever does not fit is told with file, line and field.
/// </summary>
internal readonly struct JsonRow(JsonElement value, string name, string path, int line)
{
    public string Path => path;

    public int Line => line;

    public bool IsNull => value.ValueKind == JsonValueKind.Null;

    public bool IsList => value.ValueKind == JsonValueKind.Array;

    /// <summary>The text of a string.</summary>
    public string Text => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong("a string");

    /// <summary>An integer.</summary>
    public int Int32 =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number)
            ? number
            : throw Wrong("an integer");

    /// <summary>A label: a string, a number or a truth value, as it is spelled.</summary>
    public RowLabel Label => new(
        value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            _ => throw Wrong("a label"),
        },
        name, Describe());

    /// <summary>The values of a list.</summary>
    public IReadOnlyList<JsonRow> Elements
    {
        get
        {
            if (!IsList) throw Wrong("a list");
            List<JsonRow> elements = [];
            foreach (JsonElement element in value.EnumerateArray())
                elements.Add(new JsonRow(element, $"{name}[{elements.Count}]", path, line));
            return elements;
        }
    }

    /// <summary>The names of an object's members.</summary>
    public IEnumerable<string> Names => value.EnumerateObject().Select(static member => member.Name);

    /// <summary>Different texts of a list, in order.</summary>
    public IReadOnlyList<string> Texts => [.. Elements.Select(static element => element.Text).Distinct()];

    public JsonRow this[string field] =>
        Find(field) ?? throw new TaskDataException(path, line, $"no field \"{Inner(field)}\"");

    public JsonRow? Find(string field)
    {
        if (value.ValueKind != JsonValueKind.Object) throw Wrong("an object");
        return value.TryGetProperty(field, out JsonElement member)
            ? new JsonRow(member, Inner(field), path, line)
            : null;
    }

    public TaskDataException Wrong(string expected) =>
        new(path, line, $"\"{name}\" is {Describe()}, expected {expected}");

    public string Describe()
    {
        string text = value.GetRawText();
        return value.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            _ => text.Length <= 60 ? text : $"{text.AsSpan(0, 60)}…",
        };
    }

    private string Inner(string field) => name.Length == 0 ? field : $"{name}.{field}";
}
