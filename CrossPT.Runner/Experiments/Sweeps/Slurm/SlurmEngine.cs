using System.CommandLine;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;
using CrossPT.Runner.Experiments.Results;

namespace CrossPT.Runner.Experiments.Sweeps.Slurm;

/// <summary>Hands the runs of a sweep to Slurm as job arrays, as large as the cluster takes them.</summary>
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

    /// <summary>Hands in what is to be done and has no element that is alive.</summary>
    /// <returns>Runs that were handed in.</returns>
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

    /// <summary>Hands runs in.</summary>
    /// <param name="runs">Their names.</param>
    /// <param name="tell">Told of every job.</param>
    /// <exception cref="UserException">Slurm refused; what was handed in before stays.</exception>
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
