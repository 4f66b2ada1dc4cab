using CrossPT.Prompting;
using CrossPT.Runner.Experiments.Results;

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
    public static void Add(string runFolder, string happened, string? job) => JsonFile.Append(
        Path.Combine(runFolder, FileName),
        new Attempt(happened, job, DateTimeOffset.UtcNow, Environment.MachineName, Environment.ProcessId),
        SweepTypes.Default.Attempt);

    /// <summary>The events in order; half a line at the end is skipped.</summary>
    public static IEnumerable<Attempt> Read(string runFolder) =>
        JsonFile.ReadLines(Path.Combine(runFolder, FileName), SweepTypes.Default.Attempt);
}

/// <summary>An event of a run in a process.</summary>
/// <param name="Happened">One of the words of <see cref="Attempts"/>.</param>
/// <param name="Job">The element of a job array that the process is, or null.</param>
/// <param name="Time">When.</param>
/// <param name="Host">The machine.</param>
/// <param name="Process">The process.</param>
internal sealed record Attempt(
    string Happened, string? Job = null, DateTimeOffset? Time = null, string? Host = null, int? Process = null);
