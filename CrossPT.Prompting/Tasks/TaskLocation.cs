using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json.Serialization;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Tasks;

/// <summary>How a file of rows is laid out.</summary>
public enum TaskFormat
{
    /// <summary>One JSON object a line, or a list of objects: <c>.jsonl</c>, <c>.json</c>.</summary>
    [JsonStringEnumMemberName("jsonl")]
    JsonLines,

    /// <summary>Columns between tabs, without quoting: <c>.tsv</c>, <c>.txt</c>.</summary>
    Tsv,

    /// <summary>Columns between commas, quoted where they need it (RFC 4180): <c>.csv</c>.</summary>
    Csv,

    /// <summary>A folder with a folder of text files for every label, as IMDB comes.</summary>
    Folders,

    /// <summary>Parquet: <c>.parquet</c>.</summary>
    Parquet,
}

/// <summary>What becomes of rows with too few columns.</summary>
public enum ShortRows
{
    /// <summary>They are an error.</summary>
    Error,

    /// <summary>They are left out and counted, as GLUE's QQP needs.</summary>
    Drop,
}

/// <summary>Where the rows of a task may lie, from the data folder; of several places the first that exists.</summary>
public sealed record TaskFiles
{
    /// <summary>Training rows.</summary>
    [JsonInclude, TaskLocations]
    public IReadOnlyList<TaskLocation> Train { get; internal set; } = [];

    /// <summary>Validation rows.</summary>
    [JsonInclude, TaskLocations]
    public IReadOnlyList<TaskLocation> Validation { get; internal set; } = [];

    /// <summary>Test rows with labels.</summary>
    [JsonInclude, TaskLocations]
    public IReadOnlyList<TaskLocation> Test { get; internal set; } = [];
}

/// <summary>Rows by the values of some columns that a second file lists: MRPC's development set.</summary>
public sealed record TaskRowFilter : ICheckedRecord
{
    /// <summary>The list, within the data folder: columns between tabs, without a header.</summary>
    [JsonInclude, RequiredSetting("a list of values")]
    public string File { get; internal set; } = "";

    /// <summary>Columns of the rows, counted from 1, that are compared with its first ones.</summary>
    [JsonInclude, RequiredSetting("the columns that are compared"), Range(1, 1 << 16)]
    public IReadOnlyList<int> Columns { get; internal set; } = [];

    void ICheckedRecord.Check(ConfigSection section)
    {
        TaskLocation.CheckPath(section.Require("file", ""));
        if (Columns.Count == 0) throw section.Require("columns", "").Wrong("one column or more");
    }
}

/// <summary>A place where rows of a task may lie, and how they are laid out there.</summary>
public sealed record TaskLocation : ICheckedRecord
{
    /// <summary>
    /// Path within the data folder; a <c>train</c>, <c>validation</c> or <c>test</c> file of the same name is laid out
    /// alike.
    /// </summary>
    [JsonInclude, RequiredSetting("a path from the data folder")]
    public string File { get; internal set; } = "";

    /// <summary>The layout.</summary>
    /// <value>The default is as the file's name ends.</value>
    [JsonInclude, JsonPropertyName("format")]
    internal TaskFormat? GivenFormat { get; set; }

    /// <summary>
    /// <c>false</c> where the first line holds data; a text: the first cell of a line of names that may be missing.
    /// </summary>
    /// <value>The default is true.</value>
    [JsonInclude, JsonPropertyName("header"), TaskHeader]
    internal TaskHeader Names { get; set; } = new(IsThere: true, Mark: null);

    /// <summary>The column of a field, by name or, from 1, by number, where it is not called as the field.</summary>
    [JsonInclude, TextMap(isNumbered: true)]
    public IReadOnlyDictionary<string, string> Columns { get; internal set; } = new Dictionary<string, string>();

    /// <summary>Labels by their spelling in this file alone: Yelp's 1 and 2.</summary>
    [JsonInclude, JsonPropertyName("labels"), TextMap]
    public IReadOnlyDictionary<string, string> Spellings { get; internal set; } = new Dictionary<string, string>();

    /// <summary>Takes the rows that another file lists: <c>{ "file": …, "columns": [2, 3] }</c>.</summary>
    [JsonInclude]
    public TaskRowFilter? Only { get; internal set; }

    /// <summary>Leaves out the rows that another file lists.</summary>
    [JsonInclude]
    public TaskRowFilter? Except { get; internal set; }

    /// <summary>What becomes of rows with too few columns.</summary>
    /// <value>The default is <see cref="ShortRows.Error"/>.</value>
    [JsonInclude, JsonPropertyName("shortRows")]
    internal ShortRows? Short { get; set; }

    /// <summary>The layout.</summary>
    [JsonIgnore]
    public TaskFormat Format
    {
        get => GivenFormat ?? FormatOf(File);
        internal init => GivenFormat = value;
    }

    /// <summary>Whether the first line names the columns, at least where it begins with the mark.</summary>
    [JsonIgnore]
    public bool Header => Names.IsThere;

    /// <summary>First cell of a line of names that may be missing; null where it may not.</summary>
    [JsonIgnore]
    public string? HeaderMark => Names.Mark;

    /// <summary>Whether rows with too few columns are dropped and counted, and not an error.</summary>
    [JsonIgnore]
    public bool DropShortRows => Short == ShortRows.Drop;

    [JsonIgnore]
    internal TaskRowFilter? Filter => Only ?? Except;

    /// <summary>A file laid out as its name ends.</summary>
    public static TaskLocation Of(string file)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        return new TaskLocation { File = file };
    }

    /// <summary>What a field is called here.</summary>
    public string ColumnOf(string field) => Columns.TryGetValue(field, out string? column) ? column : field;

    /// <summary>Whether everything it needs lies in a folder.</summary>
    public bool ExistsIn(string folder) =>
        (Format == TaskFormat.Folders ? Directory.Exists(Path.Combine(folder, File))
            : System.IO.File.Exists(Path.Combine(folder, File)))
        && (Filter is null || System.IO.File.Exists(Path.Combine(folder, Filter.File)));

    /// <summary>The same with its paths under a folder.</summary>
    public TaskLocation Under(string folder)
    {
        return this with { File = Path.Combine(folder, File), Only = Moved(Only), Except = Moved(Except) };

        TaskRowFilter? Moved(TaskRowFilter? filter) =>
            filter is null ? null : filter with { File = Path.Combine(folder, filter.File) };
    }

    /// <summary>
    /// A column by number, from 1; null where it is a name. Names that are digits cannot be told apart, and no known
    /// data set has them.
    /// </summary>
    internal static int? NumberOf(string column) =>
        int.TryParse(column, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number
            : null;

    internal static void CheckPath(ConfigValue file)
    {
        string path = file.AsString();
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal)) throw file.Wrong("a path");
    }

    /// <summary>Checks the place against its task.</summary>
    /// <param name="value">Where it was read from: a path, or a section.</param>
    /// <param name="needed">The task's columns.</param>
    /// <param name="labels">The task's labels.</param>
    /// <exception cref="ConfigurationException">Something does not fit.</exception>
    internal void Check(ConfigValue value, string[] needed, string[] labels)
    {
        if (value.Kind == ConfigKind.String) return;
        ConfigSection section = value.AsSection();
        if (section.TryGet("columns", out ConfigValue? columns)) columns.AsSection().Only(needed);
        foreach ((_, ConfigValue label) in section.Section("labels").Value.Members) label.AsChoice(labels);
        if (Format is not (TaskFormat.Tsv or TaskFormat.Csv) || (Header && HeaderMark is null)) return;
        if (needed.FirstOrDefault(field => NumberOf(ColumnOf(field)) is null) is not { } missing) return;
        throw value.Wrong(
            $"a column by number for every field, also for \"{missing}\", where no line is sure to name them");
    }

    void ICheckedRecord.Check(ConfigSection section)
    {
        CheckPath(section.Require("file", ""));
        if (Only is not null && section.TryGet("except", out ConfigValue? surplus))
            throw surplus.Wrong("nothing, as there is an \"only\"");
    }

    private static TaskFormat FormatOf(string file) => Path.GetExtension(file).ToLowerInvariant() switch
    {
        ".tsv" or ".txt" => TaskFormat.Tsv,
        ".csv" => TaskFormat.Csv,
        ".parquet" => TaskFormat.Parquet,
        _ => TaskFormat.JsonLines,
    };
}

/// <summary>The line that names the columns of a table.</summary>
/// <param name="IsThere">Whether the first line may be one.</param>
/// <param name="Mark">The first cell by which it is known; null where it is always there.</param>
internal readonly record struct TaskHeader(bool IsThere, string? Mark);

/// <summary>True, false, or a header's first cell.</summary>
internal sealed class TaskHeaderAttribute : ValueFormatAttribute
{
    public override string Schema => """{ "type": ["boolean", "string"] }""";

    public override object Read(ConfigValue value) => value.Kind == ConfigKind.String
        ? new TaskHeader(IsThere: true, value.AsString())
        : new TaskHeader(value.AsBoolean(), Mark: null);

    public override ConfigValue? Write(object? value)
    {
        TaskHeader header = (TaskHeader)value!;
        if (header.Mark is not null) return ConfigValue.Of(header.Mark);
        return header.IsThere ? null : ConfigValue.Of(false);
    }
}

/// <summary>A path, a section, or a list of these.</summary>
internal sealed class TaskLocationsAttribute : ValueFormatAttribute
{
    private const string One = """{ "type": "string" }, { "$ref": "#/$defs/TaskLocation" }""";

    public override string Schema =>
        $$"""{ "anyOf": [ {{One}}, { "type": "array", "minItems": 1, "items": { "anyOf": [ {{One}} ] } } ] }""";

    public override object Read(ConfigValue value)
    {
        if (value.Kind != ConfigKind.List) return (TaskLocation[])[ReadOne(value)];
        TaskLocation[] all = [.. value.AsList().Select(ReadOne)];
        return all.Length > 0 ? all : throw value.Wrong("a file, or a list of them");
    }

    public override ConfigValue? Write(object? value)
    {
        IReadOnlyList<TaskLocation> locations = (IReadOnlyList<TaskLocation>)value!;
        return locations.Count == 0 ? null : ConfigValue.Of(
            [.. locations.Select(static one => ConfigRecord.Write(one, ConfigurationTypes.Default.TaskLocation))]);
    }

    private static TaskLocation ReadOne(ConfigValue value)
    {
        TaskLocation location = new();
        if (value.Kind == ConfigKind.String)
        {
            TaskLocation.CheckPath(value);
            location.File = value.AsString();
        }
        else ConfigRecord.Read(value.AsSection(), location, ConfigurationTypes.Default.TaskLocation);
        return location;
    }
}
