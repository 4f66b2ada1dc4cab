namespace CrossPT.Runner.Experiments.Sweeps.Slurm;

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
        foreach (IGrouping<string?, SlurmSubmission> cluster in submissions.Read()
            .GroupBy(static submission => submission.Cluster))
        {
            Dictionary<string, string> alive = [];
            foreach (SlurmElementState element in slurm.Queue(cluster.Key))
                alive[Name(element.Job, element.Index)] = element.State;
            foreach (SlurmSubmission submission in cluster)
            {
                for (int i = 0; i < submission.Runs.Count; i++)
                {
                    string name = Name(submission.Job, i);
                    string? state = alive.GetValueOrDefault(name);
                    // An element that is alive counts more than a later one that is not.
                    if (state is not null || runs.GetValueOrDefault(submission.Runs[i]).State is null)
                        runs[submission.Runs[i]] = (name, state);
                }
            }
        }
        return runs;
    }

    private static string Name(string job, int index) => FormattableString.Invariant($"{job}_{index}");
}
