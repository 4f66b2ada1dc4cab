using System.Text.Json;
using CrossPT.Prompting.Tasks.Reading;

namespace CrossPT.Prompting.Tasks;

/// <summary>A row of a task as its file or request has it, before the task's template makes a text of it.</summary>
/// <param name="Fields">The text of each field.</param>
public sealed record Row(IReadOnlyDictionary<string, string> Fields)
{
    /// <summary>The answers offered; null where the task has labels.</summary>
    public IReadOnlyList<string>? Candidates { get; init; }

    /// <summary>The file, for messages.</summary>
    internal string File { get; init; } = "";

    /// <summary>The line, from 1.</summary>
    internal int Line { get; init; }

    /// <summary>The label or score; null for a row to be predicted, and for a task with candidates.</summary>
    internal RowLabel? Label { get; init; }

    /// <summary>The right candidates; null for a row to be predicted, and for a task with labels.</summary>
    internal IReadOnlyList<string>? Answers { get; init; }

    /// <summary>Key shared by the rows of one question; null where the row stands alone.</summary>
    internal string? Group { get; init; }

    /// <summary>
    /// Reads a row to be predicted: the task's fields, and where the task transforms its data, the objects of its files
    /// without the answer.
    /// </summary>
    /// <param name="task">The task.</param>
    /// <param name="row">The object; members that are no field are ignored.</param>
    /// <param name="path">The file's name in messages.</param>
    /// <param name="line">Its line, from 1.</param>
    /// <exception cref="TaskDataException">
    /// A field is missing or of another type, a string is no Unicode text, or no candidate is offered.
    /// </exception>
    public static Row Read(TaskDeclaration task, JsonElement row, string path, int line) =>
        Read(task, new JsonField(row, new TaskLocation { File = path, Format = TaskFormat.JsonLines }, line));

    /// <summary>Reads a row to be predicted from an object of a file.</summary>
    /// <exception cref="TaskDataException">As above.</exception>
    internal static Row Read(TaskDeclaration task, JsonField value)
    {
        ArgumentNullException.ThrowIfNull(task);
        Row row = value.Read(() => task.Transform?.ApplyUnlabelled(value) ?? Unlabelled(task, value));
        return row.Candidates is { Count: 0 } ? throw value[task.CandidatesField!].Wrong("one candidate or more") : row;
    }

    /// <summary>Reads the labelled rows of an object: one, or as many as the task's transform makes of it.</summary>
    /// <exception cref="TaskDataException">As above, or an answer is missing.</exception>
    internal static IReadOnlyList<Row> ReadLabelled(TaskDeclaration task, JsonField value) =>
        value.Read(() => task.Transform?.Apply(value) ?? [Labelled(task, value)]);

    private static Row Labelled(TaskDeclaration task, JsonField value)
    {
        Row row = Unlabelled(task, value);
        string column = value.Location.ColumnOf(task.LabelField);
        // A row without a label, where the task leaves such rows out.
        if (task.DroppedLabels.Contains("") && value.Find(column) is not { IsNull: false })
            return row with { Label = new RowLabel("", column, "null") };
        JsonField label = value[column];
        row = row with
        {
            Group = task.GroupField is { } group ? value[value.Location.ColumnOf(group)].Label.Text : null,
        };
        return task.CandidatesField is null
            ? row with { Label = label.Label }
            : row with { Answers = label.IsList ? label.Texts : [label.Text] };
    }

    private static Row Unlabelled(TaskDeclaration task, JsonField value)
    {
        Dictionary<string, string> fields = [];
        foreach (string name in task.Fields)
        {
            JsonField field = Find(name);
            fields[name] = name == task.CandidatesField ? string.Join(", ", field.Texts) : field.Text;
        }
        return value.ToRow(fields) with
        {
            Candidates = task.CandidatesField is { } candidates ? Find(candidates).Texts : null,
        };

        JsonField Find(string field)
        {
            string column = value.Location.ColumnOf(field);
            if (value.Find(column) is { } found) return found;
            throw value.Fail(value.Location.Format == TaskFormat.JsonLines
                ? $"no field \"{column}\", expected {string.Join(", ", task.Fields)}"
                : $"no column \"{column}\", only {string.Join(", ", value.Names.Take(16))}");
        }
    }
}

/// <summary>A row's answer as the data has it.</summary>
/// <param name="Text">Its spelling.</param>
/// <param name="Field">The field it stands in.</param>
/// <param name="Shown">Its form in messages.</param>
internal readonly record struct RowLabel(string Text, string Field, string Shown);
