using System.Text.Json;

namespace CrossPT.Prompting.Tasks.Reading;

/// <summary>Rows of JSON lines: one object a line, which a transform may turn into several rows.</summary>
internal static class JsonLineRows
{
    public static IEnumerable<DataRow> Read(TaskLocation location, TaskDeclaration task)
    {
        foreach ((int line, byte[] text) in DataLines.Read(location.File, "a file of JSON lines"))
        {
            foreach (DataRow row in Parse(text, line, location, task)) yield return row;
        }
    }

    private static IReadOnlyList<DataRow> Parse(byte[] text, int line, TaskLocation location, TaskDeclaration task)
    {
        try
        {
            Utf8JsonReader reader = new(text);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            // Refuses whatever stands behind the object.
            reader.Read();
            JsonRow row = new(document.RootElement, "", location.File, line);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new TaskDataException(location.File, line, $"found {row.Describe()}, expected a JSON object");
            return task.Transform is null ? [Plain(row, location, task)] : RowTransforms.Find(task.Transform)(row);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape that is half of a character.
            bool isEmpty = text.AsSpan().Trim(" \t\r"u8).IsEmpty;
            throw new TaskDataException(location.File, line, isEmpty ? "an empty line, expected a JSON object" : "not valid JSON, expected an object", error);
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
        JsonRow label = row[location.ColumnOf(task.LabelField)];
        return new DataRow(row.Path, row.Line, fields)
        {
            Label = task.CandidatesField is null ? label.Label : null,
            Candidates = task.CandidatesField is { } candidates ? row[location.ColumnOf(candidates)].Texts : null,
            Answers = task.CandidatesField is null ? null : label.IsList ? label.Texts : [label.Text],
            Group = task.GroupField is { } group ? row[location.ColumnOf(group)].Label.Text : null,
        };
    }
}
