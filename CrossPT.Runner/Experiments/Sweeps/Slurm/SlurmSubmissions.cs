using System.Globalization;
using System.Text;
using CrossPT.Prompting;
using CrossPT.Runner.Experiments.Results;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Experiments.Sweeps.Slurm;

/// <summary>An array of jobs that was handed in.</summary>
/// <param name="Job">Its number.</param>
/// <param name="List">File with the runs in the order of the indices, from the sweep's folder.</param>
/// <param name="Cluster">The cluster, where Slurm named one.</param>
/// <param name="Time">When.</param>
internal sealed record SlurmSubmission(
    string Job, string List, string? Cluster = null, DateTimeOffset? Time = null);

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
    public void Add(string job, string? cluster, string list) => JsonFile.Append(
        folder.PathOf($"{FolderName}/{FileName}"), new SlurmSubmission(job, list, cluster, DateTimeOffset.UtcNow),
        SweepTypes.Default.SlurmSubmission);

    /// <summary>
    /// What was handed in so far, and its runs; half a line at the end is passed over, for its job finds its runs
    /// taken.
    /// </summary>
    public IEnumerable<(SlurmSubmission Submission, string[] Runs)> Read() =>
        JsonFile.ReadLines(folder.PathOf($"{FolderName}/{FileName}"), SweepTypes.Default.SlurmSubmission)
            .Where(one => File.Exists(folder.PathOf(one.List)))
            .Select(one => (one, File.ReadAllLines(folder.PathOf(one.List))));

    private void WriteText(string name, string text) =>
        AtomicFile.Write(folder.PathOf(name), stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
