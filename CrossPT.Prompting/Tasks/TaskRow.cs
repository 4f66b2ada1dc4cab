using System.Text.Json;
using CrossPT.Prompting.Tasks.Reading;

namespace CrossPT.Prompting.Tasks;

/// <summary>A row of a task whose answer is to be predicted.</summary>
/// <param name="Fields">The text of each field.</param>
public sealed record TaskRow(IReadOnlyDictionary<string, string> Fields)
{
    /// <summary>The answers offered; null where the task has labels.</summary>
    public IReadOnlyList<string>? Candidates { get; init; }

    /// <summary>
    /// Takes a row out of a JSON object: the task's fields, and where the task transforms its data, the objects of its
    /// files without the answer.
    /// </summary>
    /// <param name="task">The task.</param>
    /// <param name="row">The object; members that are no field are ignored.</param>
    /// <param name="path">What messages call the file.</param>
    /// <param name="line">Its line, from 1.</param>
    /// <exception cref="TaskDataException">A field is missing or of another type, or no candidate is
    /// offered.</exception>
    public static TaskRow Read(TaskDeclaration task, JsonElement row, string path, int line)
    {
        ArgumentNullException.ThrowIfNull(task);
        JsonRow value = new(row, "", path, line);
        if (row.ValueKind != JsonValueKind.Object)
            throw new TaskDataException(path, line, $"found {value.Describe()}, expected a JSON object");
        DataRow data = task.Transform is null
            ? Plain(value, task)
            : RowTransforms.FindUnlabelled(task.Transform)(value);
        if (data.Candidates is { Count: 0 }) throw value[task.CandidatesField!].Wrong("one candidate or more");
        return new TaskRow(data.Fields) { Candidates = data.Candidates };
    }

    private static DataRow Plain(JsonRow row, TaskDeclaration task)
    {
        Dictionary<string, string> fields = [];
        foreach (string field in task.Fields)
        {
            JsonRow value = row.Find(field)
                ?? throw new TaskDataException(
                    row.Path, row.Line, $"no field \"{field}\", expected {string.Join(", ", task.Fields)}");
            fields[field] = field == task.CandidatesField ? string.Join(", ", value.Texts) : value.Text;
        }
        return new DataRow(row.Path, row.Line, fields)
        {
            Candidates = task.CandidatesField is { } candidates ? row[candidates].Texts : null,
        };
    }
}
