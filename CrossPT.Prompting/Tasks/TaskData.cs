using System.Text.Json;
using CrossPT.Prompting.Tasks.Reading;

namespace CrossPT.Prompting.Tasks;

/// <summary>Reads the rows of a task: JSON, tables, Parquet, folders of texts.</summary>
public static class TaskData
{
    /// <summary>
    /// Reads all rows of a file, laid out as the task's own file of that name is or, where it has none, as the name's
    /// ending says.
    /// </summary>
    /// <exception cref="TaskDataException"> The file is missing or has no row; a line is not UTF-8, no JSON object, has
    /// too few columns, lacks a field, or has a label that the task does not know.
    /// </exception>
    public static Example[] Read(string path, TaskDeclaration task) =>
        [.. Read(LocationOf(path, task), task).Examples];

    /// <summary>Reads all rows of a location.</summary>
    /// <exception cref="TaskDataException">As above.</exception>
    public static TaskRows Read(TaskLocation location, TaskDeclaration task)
    {
        ArgumentNullException.ThrowIfNull(location);
        ArgumentNullException.ThrowIfNull(task);
        bool needsObjects = task.Transform is not null || task.Kind == TaskKind.Candidates;
        if (needsObjects && location.Format is not (TaskFormat.JsonLines or TaskFormat.Parquet))
            throw new TaskDataException(location.File,
                $"is no file of JSON lines, expected one: rows of the task '{task.Name}' hold more than columns can");
        if (location.Format == TaskFormat.Folders && task.Fields.Count > 1)
            throw new TaskDataException(location.File,
                $"is read as a folder of texts, expected fields for the {task.Fields.Count} of the task '{task.Name}'");
        SkippedRows skipped = new();
        IEnumerable<Row> rows = location.Format switch
        {
            TaskFormat.JsonLines or TaskFormat.Parquet =>
                ObjectRows.Read(location, task, skipped).SelectMany(value => Row.ReadLabelled(task, value)),
            TaskFormat.Folders => TextFolderRows.Read(location, task),
            _ => TableRows.Read(location, task, skipped),
        };
        try
        {
            return Collect(rows, location, task, skipped);
        }
        catch (Exception error) when (error is (IOException or UnauthorizedAccessException) and not TaskDataException)
        {
            throw DataFile.Unreadable(location.File, error);
        }
    }

    /// <summary>
    /// The first of the places of a task's rows that exists in a folder, with its full path; null where none does.
    /// </summary>
    public static TaskLocation? Find(IReadOnlyList<TaskLocation> locations, string folder)
    {
        ArgumentNullException.ThrowIfNull(locations);
        ArgumentNullException.ThrowIfNull(folder);
        return locations.FirstOrDefault(location => location.ExistsIn(folder))?.Under(folder)
            ?? locations.Where(static location => location.Format == TaskFormat.JsonLines).Select(
                location => FindParquet(location, folder)).FirstOrDefault(
                static found => found is not null);

    }

    /// <summary>
    /// The hub's Parquet files of the rows that a file of JSON lines would have:
    /// <c>rte/train-00000-of-00001.parquet</c> or <c>rte/train/0000.parquet</c>, directly or in the folder of the data
    /// set's one configuration.
    /// </summary>
    private static TaskLocation? FindParquet(TaskLocation location, string folder)
    {
        string name = Path.GetFileNameWithoutExtension(location.File),
            parent = Path.Combine(folder, Path.GetDirectoryName(location.File) ?? "");
        foreach (string configuration in (string[])["", "default", "plain_text", "labeled_final"])
        {
            string place = Path.Combine(parent, configuration), only = Path.Combine(place, name, "0000.parquet");
            string[] found = Directory.Exists(place) ? Directory.GetFiles(place, $"{name}-00000-of-*.parquet") : [];
            if (found.Length != 1 && File.Exists(only)) found = [only];
            if (found is [string file]) return location with { File = file, Format = TaskFormat.Parquet };
        }
        return null;
    }

    /// <summary>
    /// How a file of one's own is laid out: as the task's own one of that name is or, where it has none, as the name's
    /// ending says.
    /// </summary>
    public static TaskLocation LocationOf(string path, TaskDeclaration task)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(task);
        string name = Path.GetFileName(path);
        TaskLocation? declared = task.Locations.FirstOrDefault(one => Path.GetFileName(one.File) == name);
        // Which of the rows belongs to the place: a file of one's own is taken whole.
        return declared is null ? TaskLocation.Of(path) : declared with { File = path, Only = null, Except = null };
    }

    /// <summary>
    /// How a file that came after training is laid out: by the fields' names where its columns have them, else as one
    /// of the task's own files is.
    /// </summary>
    /// <exception cref="TaskDataException">The file is missing or broken.</exception>
    public static TaskLocation LocationOfNew(string path, TaskDeclaration task)
    {
        TaskLocation own = LocationOf(path, task);
        string[] names = ColumnsOf(own);
        if (Fits(own)) return own;
        return task.Locations
            .Select(one => one with { File = path, Format = own.Format, Only = null, Except = null })
            .FirstOrDefault(Fits) ?? own;

        bool Fits(TaskLocation location) => task.Fields.Select(location.ColumnOf)
            .All(column => names.Contains(column) || (!location.Header && TaskLocation.NumberOf(column) is not null));
    }

    /// <summary>The names of a file's columns, or of the members of its first object.</summary>
    private static string[] ColumnsOf(TaskLocation location)
    {
        if (location.Format == TaskFormat.Folders) return [];
        if (location.Format is TaskFormat.Tsv or TaskFormat.Csv)
            return TableRows.ReadCells(location.File, location.Format).FirstOrDefault().Cells ?? [];
        using IEnumerator<JsonField> rows = ObjectRows.Read(location, task: null, new SkippedRows()).GetEnumerator();
        return rows.MoveNext() && rows.Current.IsObject ? [.. rows.Current.Names] : [];
    }

    private static TaskRows Collect(
        IEnumerable<Row> rows, TaskLocation location, TaskDeclaration task, SkippedRows skipped)
    {
        LabelNames labels = new(task, location.Spellings);
        List<Example> examples = [];
        int dropped = 0;
        int empty = 0;
        int firstEmpty = 0;
        foreach (Row row in rows)
        {
            if (row.Label is { } label && task.DroppedLabels.Contains(label.Text.Trim()))
            {
                dropped++;
                continue;
            }
            examples.Add(Example.Labelled(task, row, labels));
            if (!row.Fields.Values.Any(string.IsNullOrWhiteSpace)) continue;
            if (empty++ == 0) firstEmpty = row.Line;
        }
        if (examples.Count > 0)
        {
            return new TaskRows(location.File, examples, skipped.Short, dropped)
            {
                BlankLines = skipped.Blank,
                EmptyRows = empty,
                FirstEmptyLine = firstEmpty,
            };
        }
        string expected = location.Format switch
        {
            TaskFormat.JsonLines => "one JSON object a line",
            TaskFormat.Folders =>
                $"a folder of texts for each of {string.Join(", ", task.Labels.Select(static one => one.Value))}",
            TaskFormat.Parquet => "rows",
            _ => "a row a line",
        };
        string found = skipped.Short + dropped > 0 ? "has no row that can be used" : "is empty";
        throw new TaskDataException(location.File, $"{found}, expected {expected}");
    }
}

/// <summary>The examples of a file and what was left out of them.</summary>
/// <param name="File">The file.</param>
/// <param name="Examples">The examples.</param>
/// <param name="ShortRows">Rows dropped for too few columns.</param>
/// <param name="DroppedLabels">Rows dropped for a label that the task leaves out.</param>
public sealed record TaskRows(string File, IReadOnlyList<Example> Examples, int ShortRows, int DroppedLabels)
{
    /// <summary>Blank lines passed over.</summary>
    public int BlankLines { get; init; }

    /// <summary>Rows with a field that is empty or white space.</summary>
    public int EmptyRows { get; init; }

    /// <summary>Line of the first of them.</summary>
    public int FirstEmptyLine { get; init; }

    /// <summary>Remarks on rows left out, a sentence each.</summary>
    internal IEnumerable<string> Remarks
    {
        get
        {
            if (BlankLines > 0) yield return $"{File}: skipped {Count(BlankLines, "blank line")}";
            if (ShortRows > 0) yield return $"{File}: left out {Count(ShortRows, "row")} with too few columns";
            if (DroppedLabels > 0) yield return $"{File}: left out {Count(DroppedLabels, "row")} without a label";
        }
    }

    /// <summary>A sentence on the rows without a text; null where all have one.</summary>
    internal string? EmptyRemark => EmptyRows == 0
        ? null
        : $"{File}: {EmptyRows} of {Examples.Count} rows have an empty text, the first in line {FirstEmptyLine}";

    private static string Count(int count, string singular) =>
        FormattableString.Invariant($"{count} {singular}{(count == 1 ? "" : "s")}");
}

/// <summary>Counts what a reader passes over.</summary>
internal sealed class SkippedRows
{
    public int Blank { get; set; }

    /// <summary>Rows with too few columns, where the declaration drops those.</summary>
    public int Short { get; set; }
}
