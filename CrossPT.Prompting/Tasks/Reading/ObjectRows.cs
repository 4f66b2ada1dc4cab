using System.Text.Json;
using CrossPT.Prompting.Tasks.Reading.Parquet;

namespace CrossPT.Prompting.Tasks.Reading;

/// <summary>Rows of objects: an object is a row, or a transform makes several of it.</summary>
internal static class ObjectRows
{
    public static IEnumerable<DataRow> Read(TaskLocation location, TaskDeclaration task, SkippedRows skipped) =>
        Open(location, task, skipped).SelectMany(row => Convert(row.Value, row.Line, row.File, task));

    /// <summary>The objects of a file, or of all files of a data set in several, each with its place.</summary>
    /// <param name="location">The file, or the first of several.</param>
    /// <param name="task">The task whose columns are needed; null for all columns.</param>
    /// <param name="skipped">Counts what is passed over.</param>
    public static IEnumerable<(TaskLocation File, int Line, JsonElement Value)> Open(
        TaskLocation location, TaskDeclaration? task, SkippedRows skipped) => location.Format == TaskFormat.Parquet
        ? ParquetRows.Shards(location).SelectMany(
            file => ParquetRows.Read(file, task).Select(row => (file, row.Row, row.Value)))
        : JsonRows.Read(location.File, skipped).Select(row => (location, row.Line, row.Value));

    private static IReadOnlyList<DataRow> Convert(
        JsonElement value, int line, TaskLocation location, TaskDeclaration task)
    {
        JsonRow row = new(value, "", location.File, line);
        if (value.ValueKind != JsonValueKind.Object)
            throw new TaskDataException(location.File, line, $"found {row.Describe()}, expected a JSON object");
        try
        {
            return task.Transform?.Apply(row) ?? [Plain(row, location, task)];
        }
        catch (InvalidOperationException error)
        {
            throw new TaskDataException(location.File, line, "not valid JSON: an escape is half of a surrogate pair",
                error);
        }
    }

    private static DataRow Plain(JsonRow row, TaskLocation location, TaskDeclaration task)
    {
        Dictionary<string, string> fields = [];
        foreach (string field in task.Fields)
        {
            JsonRow value = row[location.ColumnOf(field)];
            fields[field] = field == task.CandidatesField ? string.Join(", ", value.Texts) : value.Text;
        }
        string column = location.ColumnOf(task.LabelField);
        // A row without a label, where the task leaves such rows out.
        if (task.DroppedLabels.Contains("") && row.Find(column) is not { IsNull: false })
            return new DataRow(row.Path, row.Line, fields) { Label = new RowLabel("", column, "null") };
        JsonRow label = row[column];
        return new DataRow(row.Path, row.Line, fields)
        {
            Label = task.CandidatesField is null ? label.Label : null,
            Candidates = task.CandidatesField is { } candidates ? row[location.ColumnOf(candidates)].Texts : null,
            Answers = task.CandidatesField is null ? null : label.IsList ? label.Texts : [label.Text],
            Group = task.GroupField is { } group ? row[location.ColumnOf(group)].Label.Text : null,
        };
    }
}
