namespace CrossPT.Runner.Experiments.Results;

/// <summary>All runs that differ in nothing but the seed.</summary>
/// <param name="Settings">Label of each axis but the seed's.</param>
/// <param name="Runs">The runs, whatever became of them.</param>
internal sealed record ResultRow(IReadOnlyDictionary<string, string> Settings, IReadOnlyList<ResultRun> Runs)
{
    /// <summary>First metric of each task over the finished runs; a task that none has is missing.</summary>
    public IReadOnlyDictionary<string, ResultCell> Tasks { get; init; } = new Dictionary<string, ResultCell>();

    /// <summary>Mean over the tasks; null where no run has all of them, or there is one task alone.</summary>
    public ResultCell? Average { get; init; }

    /// <summary>Differences to the paired runs of the baseline by task; empty for the baseline itself.</summary>
    public IReadOnlyDictionary<string, ResultCell> Differences { get; init; } = new Dictionary<string, ResultCell>();

    /// <summary>Difference of the means over the tasks.</summary>
    public ResultCell? AverageDifference { get; init; }

    public bool IsBaseline { get; init; }

    public int Finished => CountOf(RunStatus.Finished);

    public int Diverged => CountOf(RunStatus.Diverged);

    public int Failed => CountOf(RunStatus.Failed);

    public int Unfinished => CountOf(RunStatus.Unfinished);

    /// <summary>Runs in which one task or more gives every example one answer.</summary>
    public int Collapsed => Runs.Count(static run => run.Collapsed);

    /// <summary>What tables call it.</summary>
    public string Name => Settings.Count == 0 ? Runs[0].Name : string.Join(", ", Settings.Values);

    private int CountOf(RunStatus status) => Runs.Count(run => run.Status == status);
}
