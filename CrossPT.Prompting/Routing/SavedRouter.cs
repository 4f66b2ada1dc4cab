using System.Text.Json;

namespace CrossPT.Prompting.Routing;

/// <summary>The logits of a <c>router.json</c>, by task and column.</summary>
internal sealed class SavedRouter
{
    private const long LargestFile = 16 << 20;

    private readonly string _path;
    private readonly Dictionary<string, Dictionary<string, double>> _logits;

    private SavedRouter(string path, Dictionary<string, Dictionary<string, double>> logits) => (_path, _logits) = (path, logits);

    /// <summary>Reads a file that a run wrote.</summary>
    /// <exception cref="ArgumentException">It is not one.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static SavedRouter Read(string path)
    {
        if (new FileInfo(path).Length > LargestFile)
        {
            throw new ArgumentException(
                $"{path}: {new FileInfo(path).Length} bytes, expected a router of {LargestFile} at most.");
        }
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            Dictionary<string, Dictionary<string, double>> logits = [];
            foreach (JsonProperty task in document.RootElement.GetProperty("tasks").EnumerateObject())
            {
                Dictionary<string, double> row = logits[task.Name] = [];
                foreach (JsonProperty column in task.Value.EnumerateObject())
                {
                    double logit = column.Value.GetProperty("logit").GetDouble();
                    row[column.Name] = double.IsFinite(logit) ? logit : throw new FormatException($"the logit of {task.Name}, {column.Name} is not finite");
                }
            }
            return new SavedRouter(path, logits);
        }
        catch (Exception error) when (error is JsonException or FormatException or KeyNotFoundException or InvalidOperationException)
        {
            throw new ArgumentException(
                $"{path}: not a router ({error.Message.Split(" Path:")[0].TrimEnd('.')}), "
                + $"expected tasks with a logit for each source prompt.", error);
        }
    }

    /// <summary>A logit.</summary>
    /// <exception cref="ArgumentException">The file has none for the task and the source prompt.</exception>
    public double Logit(string task, string column) => Find(task, column)
        ?? throw new ArgumentException($"{_path}: no logit of the task '{task}' for the source prompt '{column}'.");

    /// <summary>A logit, or null.</summary>
    public double? Find(string task, string column)
        => _logits.TryGetValue(task, out Dictionary<string, double>? row) && row.TryGetValue(column, out double logit) ? logit : null;
}
