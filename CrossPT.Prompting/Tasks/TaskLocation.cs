namespace CrossPT.Prompting.Tasks;

/// <summary>How a file of rows is laid out.</summary>
public enum TaskFormat
{
    /// <summary>One JSON object a line, or a list of objects: <c>.jsonl</c>, <c>.json</c>.</summary>
    JsonLines,

    /// <summary>Columns between tabs, without quoting: <c>.tsv</c>, <c>.txt</c>.</summary>
    Tsv,

    /// <summary>Columns between commas, quoted where they need it (RFC 4180): <c>.csv</c>.</summary>
    Csv,

    /// <summary>A folder with a folder of text files a label, as IMDB comes.</summary>
    Folders,

    /// <summary>Parquet: <c>.parquet</c>.</summary>
    Parquet,
}

/// <summary>
/// Rows to take, or to leave, by the values of some columns that a second file lists: MRPC's development set.
/// </summary>
/// <param name="File">The list: columns between tabs, without a header.</param>
/// <param name="Columns">Columns of the rows, counted from 1, that are compared with its first ones.</param>
/// <param name="Keep">Whether rows on the list are kept, or those that are not on it.</param>
public sealed record TaskRowFilter(string File, IReadOnlyList<int> Columns, bool Keep);

/// <summary>A place where rows of a task may lie, and how they are laid out there.</summary>
/// <param name="File">Path, from the data folder.</param>
/// <param name="Format">The layout.</param>
public sealed record TaskLocation(string File, TaskFormat Format)
{
    /// <summary>Whether the first line names the columns.</summary>
    /// <value>The default is true.</value>
    public bool Header { get; init; } = true;

    /// <summary>
    /// First cell of a line of names that may be missing; null where <see cref="Header"/> is all there is to say.
    /// </summary>
    public string? HeaderMark { get; init; }

    /// <summary>
    /// Column of a field by name, or by number from 1; a field that is not here is called what the task calls it.
    /// </summary>
    public IReadOnlyDictionary<string, string> Columns { get; init; } = new Dictionary<string, string>();

    /// <summary>Spellings of labels that hold for this file alone: Yelp's 1 and 2.</summary>
    public IReadOnlyDictionary<string, string> Spellings { get; init; } = new Dictionary<string, string>();

    /// <summary>Which of the rows; null takes all.</summary>
    public TaskRowFilter? Filter { get; init; }

    /// <summary>
    /// Whether rows with too few columns are dropped and counted, as GLUE's QQP needs, and not an error.
    /// </summary>
    public bool DropShortRows { get; init; }

    /// <summary>A file laid out as its name ends.</summary>
    public static TaskLocation Of(string file)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        return new TaskLocation(file, FormatOf(file));
    }

    /// <summary>What a field is called here.</summary>
    public string ColumnOf(string field) => Columns.TryGetValue(field, out string? column) ? column : field;

    /// <summary>Whether everything it needs lies in a folder.</summary>
    public bool ExistsIn(string folder) =>
        (Format == TaskFormat.Folders ? Directory.Exists(Path.Combine(folder, File))
            : System.IO.File.Exists(Path.Combine(folder, File)))
        && (Filter is null || System.IO.File.Exists(Path.Combine(folder, Filter.File)));

    /// <summary>The same with its paths under a folder.</summary>
    public TaskLocation Under(string folder) => this with
    {
        File = Path.Combine(folder, File),
        Filter = Filter is null ? null : Filter with { File = Path.Combine(folder, Filter.File) },
    };

    internal static TaskFormat FormatOf(string file) => Path.GetExtension(file).ToLowerInvariant() switch
    {
        ".tsv" or ".txt" => TaskFormat.Tsv,
        ".csv" => TaskFormat.Csv,
        ".parquet" => TaskFormat.Parquet,
        _ => TaskFormat.JsonLines,
    };
}
