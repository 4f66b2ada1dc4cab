using System.Globalization;
using System.Text;
using System.Text.Json;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>
/// <c>attempts.jsonl</c> in a run's folder: a line when a process begins or goes on with the run, and one when it
/// leaves it. A process that was killed leaves no second one.
/// </summary>
internal static class Attempts
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "attempts.jsonl";

    /// <summary>A process begins.</summary>
    public const string Begun = "begun";

    /// <summary>The run is done.</summary>
    public const string Finished = "finished";

    /// <summary>The run failed.</summary>
    public const string Failed = "failed";

    /// <summary>The process was told to stop, and the run is to go on from its checkpoint.</summary>
    public const string Stopped = "stopped";

    /// <summary>The same, because the job's time was over: the job is to go on by itself.</summary>
    public const string Requeued = "requeued";

    /// <summary>Adds a line.</summary>
    /// <param name="runFolder">The run's folder.</param>
    /// <param name="happened">One of the words above.</param>
    /// <param name="job">The element of a job array that the process is, or null.</param>
    public static void Add(string runFolder, string happened, string? job)
    {
        using MemoryStream line = new();
        using (Utf8JsonWriter json = new(line))
        {
            json.WriteStartObject();
            json.WriteString("time", DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture));
            json.WriteString("happened", happened);
            json.WriteString("host", Environment.MachineName);
            json.WriteNumber("process", Environment.ProcessId);
            if (job is not null) json.WriteString("job", job);
            json.WriteEndObject();
        }
        line.WriteByte((byte)'\n');
        using FileStream file = new(
            Path.Combine(runFolder, FileName), FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(line.GetBuffer(), 0, (int)line.Length);
    }

    /// <summary>What happened, in order; half a line at the end is passed over.</summary>
    public static IReadOnlyList<(string Happened, string? Job)> Read(string runFolder)
    {
        string path = Path.Combine(runFolder, FileName);
        if (!File.Exists(path)) return [];
        List<(string, string?)> lines = [];
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(file, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse(line);
                string? job = document.RootElement.TryGetProperty("job", out JsonElement element)
                    ? element.GetString()
                    : null;
                lines.Add((document.RootElement.GetProperty("happened").GetString() ?? "", job));
            }
            catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                // A process that was killed may have left half a line, and a later one gone on behind it.
            }
        }
        return lines;
    }
}
