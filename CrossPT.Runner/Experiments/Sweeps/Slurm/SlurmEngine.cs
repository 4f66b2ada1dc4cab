using System.CommandLine;
using System.Globalization;
using System.Text;
using CrossPT.Prompting;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;
using CrossPT.Runner.Experiments.Results;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Experiments.Sweeps.Slurm;

/// <summary>Submits the runs of a sweep to Slurm as job arrays, as large as the cluster takes them.</summary>
/// <param name="context">Options that every element gets.</param>
/// <param name="folder">The sweep's folder.</param>
/// <param name="plan">Its runs.</param>
/// <param name="options">The user's options for <c>sbatch</c>.</param>
/// <param name="atATime">Most elements that run at once; null leaves it to the cluster.</param>
internal sealed class SlurmEngine(
    CommandContext context, SweepFolder folder, SweepPlan plan, IReadOnlyList<string> options, int? atATime)
{
    private readonly SlurmCommands _slurm = new();
    private readonly SlurmSubmissions _submissions = new(folder);

    /// <summary>Which runs have elements.</summary>
    public SlurmQueue Queue => new(_submissions, _slurm);

    /// <summary>Asks whether there is a cluster at all.</summary>
    /// <exception cref="UserException">There is none, or it takes no arrays.</exception>
    public void CheckCluster() => _slurm.MaxArraySize();

    /// <summary>Submits what is to be done and has no element that is alive.</summary>
    /// <returns>Runs that were submitted.</returns>
    public int SubmitRest()
    {
        IReadOnlyDictionary<string, (string Element, string? State)> queue = Queue.Look();
        string[] runs =
        [
            .. plan.Runs.Select(static run => run.Name)
                .Where(
                    run => folder.StateOf(run).IsToDo
                        && !(queue.TryGetValue(run, out var known) && known.State is not null)),
        ];
        int alive = queue.Values.Count(static one => one.State is not null);
        if (alive > 0) context.Note($"{Plural.Of(alive, "run")} {(alive == 1 ? "is" : "are")} in the queue already");
        Submit(runs, context.Note);
        return runs.Length;
    }

    /// <summary>Submits runs.</summary>
    /// <param name="runs">Their names.</param>
    /// <param name="tell">Told of every job.</param>
    /// <exception cref="UserException">Slurm refused; what was submitted before stays.</exception>
    public void Submit(IReadOnlyList<string> runs, Action<string> tell)
    {
        if (runs.Count == 0) return;
        // What failed before is to be tried again: until an element begins it, it is waiting.
        foreach (string run in runs) RunFailure.Delete(folder.FolderOf(run));
        foreach (string[] part in runs.Chunk(_slurm.MaxArraySize()))
        {
            (string list, string script) = _submissions.Write(
                part,
                name => SlurmScript.Of(plan.Name, name, part.Length, atATime, SlurmScript.ThisProgram(), Arguments()));
            (string job, string? cluster) = _slurm.Submit(script, folder.FullPath, options);
            _submissions.Add(job, cluster, list);
            tell($"job {job}: {Plural.Of(part.Length, "run")}");
        }
    }

    private List<string> Arguments()
    {
        List<string> arguments = [];
        foreach (Option option in (Option[])[GlobalOptions.Device, GlobalOptions.Precision, GlobalOptions.Threads])
        {
            if (context.Written(option) is { } value) arguments.AddRange([option.Name, value]);
        }
        return arguments;
    }
}

/// <summary>
/// Which runs of a sweep have an element that is alive, and which element was each run's last. Only that: how far runs
/// are, their folders say.
/// </summary>
internal sealed class SlurmQueue(SlurmSubmissions submissions, SlurmCommands slurm)
{
    /// <summary>Looks now.</summary>
    /// <returns>By run: its last element (<c>12_3</c>) and that element's state, null where it is not alive.</returns>
    public IReadOnlyDictionary<string, (string Element, string? State)> Look()
    {
        Dictionary<string, (string Element, string? State)> runs = [];
        foreach (var cluster in submissions.Read().GroupBy(static one => one.Submission.Cluster))
        {
            Dictionary<string, string> alive = [];
            foreach (SlurmElementState element in slurm.Queue(cluster.Key))
                alive[Name(element.Job, element.Index)] = element.State;
            foreach ((SlurmSubmission submission, string[] names) in cluster)
            {
                for (int i = 0; i < names.Length; i++)
                {
                    string name = Name(submission.Job, i);
                    string? state = alive.GetValueOrDefault(name);
                    // An element that is alive counts more than a later one that is not.
                    if (state is not null || runs.GetValueOrDefault(names[i]).State is null)
                        runs[names[i]] = (name, state);
                }
            }
        }
        return runs;
    }

    private static string Name(string job, int index) => FormattableString.Invariant($"{job}_{index}");
}

/// <summary>
/// The script of a job array: every element finds its run by its index in a list, and becomes <c>crosspt</c> itself, so
/// that signals reach it.
/// </summary>
internal static class SlurmScript
{
    /// <summary>The script.</summary>
    /// <param name="sweep">Name of the sweep.</param>
    /// <param name="list">The list of runs, from the sweep's folder; a name a line.</param>
    /// <param name="count">Runs in it.</param>
    /// <param name="atATime">Most elements that run at once; null leaves it to the cluster.</param>
    /// <param name="program">The program and what comes before its own arguments.</param>
    /// <param name="arguments">Arguments that every element gets.</param>
    public static string Of(
        string sweep, string list, int count, int? atATime, IReadOnlyList<string> program,
        IReadOnlyList<string> arguments)
    {
        string limit = atATime is { } most ? string.Create(CultureInfo.InvariantCulture, $"%{most}") : "";
        string threads = arguments.Contains("--threads")
            ? ""
            : " --threads \"${SLURM_CPUS_PER_TASK:-${SLURM_CPUS_ON_NODE:-1}}\"";
        string command = string.Join(' ', program.Concat(["sweep", "."]).Select(Quote));
        string options = string.Concat(arguments.Select(static word => $" {Quote(word)}"));
        // A sweep's name, a list's and a run's are folder names: no word of them means anything to a shell.
        return string.Create(CultureInfo.InvariantCulture, $$"""
            #!/bin/bash
            #SBATCH --job-name=crosspt-{{sweep}}
            #SBATCH --array=0-{{count - 1}}{{limit}}
            #SBATCH --output={{SlurmSubmissions.FolderName}}/%A_%a.log
            #SBATCH --open-mode=append
            #SBATCH --requeue
            run=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" {{list}})
            exec {{command}} --run "$run"{{options}}{{threads}}

            """);
    }

    /// <summary>A word as a shell takes it literally.</summary>
    public static string Quote(string word) =>
        word.Length > 0
            && word.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '/' or '_' or '-' or '=' or ':' or ',')
        ? word
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>How this program is run: by itself, or by the runtime where it is no file of its own.</summary>
    public static IReadOnlyList<string> ThisProgram()
    {
        string path = Environment.ProcessPath ?? "crosspt";
        string library = Path.Combine(AppContext.BaseDirectory, "crosspt.dll");
        return Path.GetFileNameWithoutExtension(path) == "dotnet" && File.Exists(library) ? [path, library] : [path];
    }
}

/// <summary>An array of jobs that was submitted.</summary>
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

    /// <summary>Notes that a list was submitted.</summary>
    public void Add(string job, string? cluster, string list) => JsonFile.Append(
        folder.PathOf($"{FolderName}/{FileName}"), new SlurmSubmission(job, list, cluster, DateTimeOffset.UtcNow),
        SweepTypes.Default.SlurmSubmission);

    /// <summary>
    /// What was submitted so far, and its runs; half a line at the end is passed over, for its job finds its runs
    /// taken.
    /// </summary>
    public IEnumerable<(SlurmSubmission Submission, string[] Runs)> Read() =>
        JsonFile.ReadLines(folder.PathOf($"{FolderName}/{FileName}"), SweepTypes.Default.SlurmSubmission)
            .Where(one => File.Exists(folder.PathOf(one.List)))
            .Select(one => (one, File.ReadAllLines(folder.PathOf(one.List))));

    private void WriteText(string name, string text) =>
        AtomicFile.Write(folder.PathOf(name), stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
