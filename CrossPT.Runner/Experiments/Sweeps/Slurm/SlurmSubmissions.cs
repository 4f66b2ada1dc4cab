using System.Globalization;
using System.Text;
using System.Text.Json;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Experiments.Sweeps.Slurm;

/// <summary>An array that was handed in.</summary>
/// <param name="Job">Its number.</param>
/// <param name="Cluster">The cluster, where Slurm named one.</param>
/// <param name="Runs">The runs in the order of the indices.</param>
internal sealed record SlurmSubmission(string Job, string? Cluster, IReadOnlyList<string> Runs);

/// <summary>
/// <c>slurm/</c> in the sweep's folder: scripts, lists of runs, logs, and <c>submissions.jsonl</c>, which says what job
/// has which list.
/// </summary>
internal sealed class SlurmSubmissions(SweepFolder folder)
{
    /// <summary>Name of the folder.</summary>
    public const string FolderName = "slurm";

    private const string FileName = "submissions.jsonl";

    /// <summary>Writes a list of runs and the script over it.</summary>
    /// <returns>Paths of both from the sweep's folder.</returns>
    public (string List, string Script) Write(IReadOnlyList<string> runs, Func<string, string> script)
    {
        Directory.CreateDirectory(folder.PathOf(FolderName));
        int number = 1;
        while (File.Exists(folder.PathOf(Name(number, "txt")))) number++;
        string list = Name(number, "txt"), path = Name(number, "sh");
        WriteText(list, string.Concat(runs.Select(static run => $"{run}\n")));
        WriteText(path, script(list));
        return (list, path);

        static string Name(int number, string ending) =>
            string.Create(CultureInfo.InvariantCulture, $"{FolderName}/array-{number}.{ending}");
    }

    /// <summary>Notes that a list was handed in.</summary>
    public void Add(string job, string? cluster, string list)
    {
        using MemoryStream line = new();
        using (Utf8JsonWriter json = new(line))
        {
            json.WriteStartObject();
            json.WriteString("time", DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture));
            json.WriteString("job", job);
            if (cluster is not null) json.WriteString("cluster", cluster);
            json.WriteString("list", list);
            json.WriteEndObject();
        }
        line.WriteByte((byte)'\n');
        using FileStream file = new(
            folder.PathOf($"{FolderName}/{FileName}"), FileMode.Append, FileAccess.Write, FileShare.Read,
            bufferSize: 0);
        file.Write(line.GetBuffer(), 0, (int)line.Length);
    }

    /// <summary>What was handed in so far; half a line at the end is passed over.</summary>
    public IReadOnlyList<SlurmSubmission> Read()
    {
        string path = folder.PathOf($"{FolderName}/{FileName}");
        if (!File.Exists(path)) return [];
        List<SlurmSubmission> submissions = [];
        foreach (string line in File.ReadLines(path))
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse(line);
                JsonElement root = document.RootElement;
                string list = folder.PathOf(root.GetProperty("list").GetString() ?? "");
                string? cluster = root.TryGetProperty("cluster", out JsonElement named) ? named.GetString() : null;
                if (File.Exists(list))
                    submissions.Add(
                        new SlurmSubmission(
                            root.GetProperty("job").GetString() ?? "", cluster, File.ReadAllLines(list)));
            }
            catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                // Whoever wrote it was killed: its job finds its runs taken, if they are.
            }
        }
        return submissions;
    }

    private void WriteText(string name, string text) =>
        AtomicFile.Write(folder.PathOf(name), stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
