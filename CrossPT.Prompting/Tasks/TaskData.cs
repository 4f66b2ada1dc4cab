using System.Text.Json;
using System.Text.Unicode;

namespace CrossPT.Prompting.Tasks;

/// <summary>A row of a task: its text and its label's place.</summary>
/// <param name="Text">The fields as the template puts them.</param>
/// <param name="Label">Place of the label in <see cref="TaskDeclaration.Labels"/>.</param>
public sealed record TaskExample(string Text, int Label);

/// <summary>Reads the rows of a task: JSON lines, UTF-8, one object a line.</summary>
public static class TaskData
{
    /// <summary>Reads all rows of a file.</summary>
    /// <exception cref="TaskDataException">
    /// The file is missing or has no row; a line is no JSON object, not UTF-8, lacks a field, or has a label that the task does not know.
    /// </exception>
    public static TaskExample[] Read(string path, TaskDeclaration task)
    {
        ArgumentNullException.ThrowIfNull(task);
        byte[] bytes = ReadBytes(path);
        ReadOnlySpan<byte> rest = bytes;
        if (rest.StartsWith("\uFEFF"u8)) rest = rest[3..];
        List<TaskExample> examples = [];
        for (int line = 1; !rest.IsEmpty; line++)
        {
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> text = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 1)..];
            examples.Add(ReadRow(text, path, line, task));
        }
        return examples.Count > 0 ? [.. examples] : throw new TaskDataException(path, "is empty, expected one JSON object a line");
    }

    private static byte[] ReadBytes(string path)
    {
        if (Directory.Exists(path)) throw new TaskDataException(path, "is a folder, expected a file of JSON lines");
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TaskDataException(path, "no such file, expected a file of JSON lines", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TaskDataException(path, $"cannot be read ({error.Message.TrimEnd('.')})", error);
        }
    }

    private static TaskExample ReadRow(ReadOnlySpan<byte> text, string path, int line, TaskDeclaration task)
    {
        if (!Utf8.IsValid(text)) throw new TaskDataException(path, line, "not UTF-8");
        try
        {
            Utf8JsonReader reader = new(text);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            // Refuses whatever stands behind the object.
            reader.Read();
            JsonElement row = document.RootElement;
            if (row.ValueKind != JsonValueKind.Object) throw new TaskDataException(path, line, $"found {Describe(row)}, expected a JSON object");
            Dictionary<string, string> fields = [];
            foreach (string field in task.Fields) fields[field] = Text(row, field, path, line);
            return new TaskExample(task.Format(fields), Label(row, path, line, task));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape that is half of a character.
            throw new TaskDataException(path, line, text.Trim(" \t\r"u8).IsEmpty ? "an empty line, expected a JSON object" : "not valid JSON, expected an object", error);
        }
    }

    private static string Text(JsonElement row, string field, string path, int line)
    {
        JsonElement value = Get(row, field, path, line);
        return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new TaskDataException(path, line, $"\"{field}\" is {Describe(value)}, expected a string");
    }

    private static int Label(JsonElement row, string path, int line, TaskDeclaration task)
    {
        JsonElement value = Get(row, task.LabelField, path, line);
        string text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            _ => throw new TaskDataException(path, line, $"\"{task.LabelField}\" is {Describe(value)}, expected a label"),
        };
        int label = task.IndexOf(text);
        if (label >= 0) return label;
        string known = string.Join(", ", task.Labels.Select(static one => one.Value));
        throw new TaskDataException(path, line, $"\"{task.LabelField}\" is {Describe(value)}, expected a label of the task '{task.Name}': {known}");
    }

    private static JsonElement Get(JsonElement row, string field, string path, int line) =>
        row.TryGetProperty(field, out JsonElement value) ? value : throw new TaskDataException(path, line, $"no field \"{field}\"");

    private static string Describe(JsonElement value)
    {
        string text = value.GetRawText();
        return value.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            _ => text.Length <= 60 ? text : $"{text.AsSpan(0, 60)}…",
        };
    }
}
