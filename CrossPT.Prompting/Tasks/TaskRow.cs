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
    public static TaskRow Read(TaskDeclaration task, JsonElement row, string path, int line) =>
        ReadText(task, new InputRow(new TaskLocation { File = path, Format = TaskFormat.JsonLines }, line, row));

    /// <summary>Takes a row out of what a file has in it.</summary>
    /// <exception cref="TaskDataException">As above.</exception>
    internal static TaskRow Read(TaskDeclaration task, InputRow row)
    {
        try
        {
            return ReadText(task, row);
        }
        catch (InvalidOperationException error)
        {
            throw new TaskDataException(
                row.Location.File, row.Line, "an escape that is no character (half a surrogate pair)", error);
        }
    }

    private static TaskRow ReadText(TaskDeclaration task, InputRow row)
    {
        ArgumentNullException.ThrowIfNull(task);
        JsonRow value = new(row.Value, "", row.Location.File, row.Line);
        if (row.Value.ValueKind != JsonValueKind.Object)
            throw new TaskDataException(value.Path, value.Line, $"found {value.Describe()}, expected a JSON object");
        DataRow data = task.Transform?.ApplyUnlabelled(value) ?? Plain(value, row.Location, task);
        if (data.Candidates is { Count: 0 }) throw value[task.CandidatesField!].Wrong("one candidate or more");
        return new TaskRow(data.Fields) { Candidates = data.Candidates };
    }

    private static DataRow Plain(JsonRow row, TaskLocation location, TaskDeclaration task)
    {
        Dictionary<string, string> fields = [];
        foreach (string field in task.Fields)
        {
            JsonRow value = Find(field);
            fields[field] = field == task.CandidatesField ? string.Join(", ", value.Texts) : value.Text;
        }
        return new DataRow(row.Path, row.Line, fields)
        {
            Candidates = task.CandidatesField is { } candidates ? Find(candidates).Texts : null,
        };

        JsonRow Find(string field)
        {
            string column = location.ColumnOf(field);
            if (row.Find(column) is { } value) return value;
            string problem = location.Format == TaskFormat.JsonLines
                ? $"no field \"{column}\", expected {string.Join(", ", task.Fields)}"
                : $"no column \"{column}\", only {string.Join(", ", row.Names.Take(16))}";
            throw new TaskDataException(row.Path, row.Line, problem);
        }
    }
}
