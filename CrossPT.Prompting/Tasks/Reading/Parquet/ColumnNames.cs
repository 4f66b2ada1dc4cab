using System.Text.Json;

namespace CrossPT.Prompting.Tasks.Reading.Parquet;

/// <summary>
/// Names of numbered labels, from the metadata that Hugging Face's <c>datasets</c> writes: <c>{"info": {"features":
/// {COLUMN: {"names": […]}}}}</c>.
/// </summary>
internal sealed class ColumnNames
{
    private readonly Dictionary<string, string[]> _names = [];

    /// <param name="metadata">The file's metadata.</param>
    /// <param name="location">The file.</param>
    /// <param name="task">The task, whose own numbers are kept unless it knows every name; null takes the names of all
    /// columns.</param>
    public ColumnNames(Dictionary<string, string> metadata, TaskLocation location, TaskDeclaration? task)
    {
        if (!metadata.TryGetValue("huggingface", out string? json)) return;
        foreach ((string column, string[] names) in Parse(json))
        {
            if (task is null) _names.Add(column, names);
            else if (column == location.ColumnOf(task.LabelField))
            {
                LabelNames labels = new(task, location.Spellings);
                // Names that are numbers, as Yelp's 1 and 2, can be taken for the task's own where not all are known.
                bool isKnown = names.All(name => labels.Find(name) >= 0);
                bool hasNumbers = names.Any(static name => TaskScale.Parse(name) is not null);
                if (isKnown && (!hasNumbers || names.Length == task.Labels.Count)) _names.Add(column, names);
            }
        }
    }

    /// <summary>The names of a column's numbers; null where those stand for themselves.</summary>
    public string[]? Of(string column) => _names.GetValueOrDefault(column);

    private static Dictionary<string, string[]> Parse(string json)
    {
        Dictionary<string, string[]> all = [];
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            foreach (JsonProperty column in document.RootElement.GetProperty("info").GetProperty(
                "features").EnumerateObject())
            {
                if (column.Value.ValueKind == JsonValueKind.Object
                    && column.Value.TryGetProperty("names", out JsonElement names))
                    all[column.Name] = [.. names.EnumerateArray().Select(static name => name.GetString()!)];
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            // Metadata of another program: its labels are numbers.
            return [];
        }
        return all;
    }
}
