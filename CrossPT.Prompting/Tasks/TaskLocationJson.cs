using System.Globalization;
using System.Text.Json;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Tasks;

/// <summary>
/// Locations as declarations write them: a path, or a section, <c>{ "file": …, "format": …, "header": …, "columns": …,
/// "labels": …, "only" | "except": …, "shortRows": … }</c>.
/// </summary>
internal static class TaskLocationJson
{
    private static readonly string[] s_formats = ["jsonl", "tsv", "csv", "folders", "parquet"];

    /// <summary>One location or a list of them, of which the first that exists is read.</summary>
    public static TaskLocation[] ReadAll(
        ConfigValue value, IReadOnlyList<string> needed, IReadOnlyList<TaskLabel> labels)
    {
        if (value.Kind != ConfigKind.List) return [Read(value, needed, labels)];
        TaskLocation[] all = [.. value.AsList().Select(one => Read(one, needed, labels))];
        return all.Length > 0 ? all : throw value.Wrong("a file, or a list of them");
    }

    public static void Write(Utf8JsonWriter json, TaskLocation location)
    {
        json.WriteStartObject();
        json.WriteString("file", location.File);
        json.WriteString("format", s_formats[(int)location.Format]);
        if (location.HeaderMark is not null) json.WriteString("header", location.HeaderMark);
        else if (!location.Header) json.WriteBoolean("header", false);
        if (location.Columns.Count > 0)
        {
            json.WriteStartObject("columns");
            foreach ((string field, string column) in location.Columns)
            {
                if (Number(column) is { } number) json.WriteNumber(field, number);
                else json.WriteString(field, column);
            }
            json.WriteEndObject();
        }
        if (location.Spellings.Count > 0) WriteSpellings(json, "labels", location.Spellings);
        if (location.Filter is { } filter)
        {
            json.WriteStartObject(filter.Keep ? "only" : "except");
            json.WriteString("file", filter.File);
            json.WriteStartArray("columns");
            foreach (int column in filter.Columns) json.WriteNumberValue(column);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        if (location.DropShortRows) json.WriteString("shortRows", "drop");
        json.WriteEndObject();
    }

    /// <summary>
    /// A column by number, from 1; null where it is a name. Names that are digits cannot be told apart, and no known
    /// data set has them.
    /// </summary>
    public static int? Number(string column) =>
        int.TryParse(column, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number
            : null;

    private static TaskLocation Read(ConfigValue value, IReadOnlyList<string> needed, IReadOnlyList<TaskLabel> labels)
    {
        if (value.Kind == ConfigKind.String) return TaskLocation.Of(File(value));
        ConfigSection section = value.AsSection().Only(
            "file", "format", "header", "columns", "labels", "only", "except", "shortRows");
        string file = File(section.Require("file", "a path from the data folder"));
        TaskFormat format = section.TryGet("format", out ConfigValue? name)
            ? (TaskFormat)Array.IndexOf(s_formats, name.AsChoice(s_formats))
            : TaskLocation.FormatOf(file);
        section.TryGet("header", out ConfigValue? header);
        string? mark = header?.Kind == ConfigKind.String ? header.AsString() : null;
        TaskLocation location = new(file, format)
        {
            Header = header is null || mark is not null || header.AsBoolean(),
            HeaderMark = mark,
            Columns = section.TryGet("columns", out ConfigValue? columns) ? ReadColumns(columns, needed)
                : new Dictionary<string, string>(),
            Spellings = section.TryGet("labels", out ConfigValue? spellings) ? ReadSpellings(spellings, labels)
                : new Dictionary<string, string>(),
            Filter = ReadFilter(section, "only", keep: true) ?? ReadFilter(section, "except", keep: false),
            DropShortRows = section.Choice("shortRows", "error", "drop") == "drop",
        };
        bool byNumber = format is TaskFormat.Tsv or TaskFormat.Csv && (mark is not null || !location.Header);
        return byNumber && needed.FirstOrDefault(field => Number(location.ColumnOf(field)) is null) is { } missing
            ? throw value.Wrong(
                $"a column by number for every field, also for \"{missing}\", where no line is sure to name them")
            : location;
    }

    /// <summary>Labels by their spelling in the data.</summary>
    public static Dictionary<string, string> ReadSpellings(ConfigValue value, IReadOnlyList<TaskLabel> labels)
    {
        value.AsSection();
        string[] known = [.. labels.Select(static label => label.Value)];
        return value.Members.ToDictionary(static member => member.Name, member => member.Value.AsChoice(known));
    }

    public static void WriteSpellings(Utf8JsonWriter json, string key, IReadOnlyDictionary<string, string> spellings)
    {
        json.WriteStartObject(key);
        foreach ((string spelling, string label) in spellings) json.WriteString(spelling, label);
        json.WriteEndObject();
    }

    private static string File(ConfigValue value)
    {
        string file = value.AsString();
        return file.Length > 0 && !file.Contains('\0', StringComparison.Ordinal) ? file : throw value.Wrong("a path");
    }

    private static Dictionary<string, string> ReadColumns(ConfigValue value, IReadOnlyList<string> needed)
    {
        value.AsSection().Only([.. needed]);
        return value.Members.ToDictionary(
            static member => member.Name, static member => member.Value.Kind == ConfigKind.Number
            ? member.Value.AsInt32(1, 1 << 16).ToString(CultureInfo.InvariantCulture)
            : member.Value.AsString());
    }

    private static TaskRowFilter? ReadFilter(ConfigSection section, string key, bool keep)
    {
        if (!section.TryGet(key, out ConfigValue? value)) return null;
        ConfigSection filter = value.AsSection().Only("file", "columns");
        ConfigValue columns = filter.Require("columns", "the columns that are compared");
        int[] numbers = [.. columns.AsList().Select(static column => column.AsInt32(1, 1 << 16))];
        return numbers.Length > 0
            ? new TaskRowFilter(File(filter.Require("file", "a list of values")), numbers, keep)
            : throw columns.Wrong("one column or more");
    }
}
