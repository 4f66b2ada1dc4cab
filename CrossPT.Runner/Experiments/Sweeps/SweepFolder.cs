using CrossPT.Prompting.Runs;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Experiments.Results;
using CrossPT.Runner.Hub.Transfer;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>
/// The folder of a sweep: <c>sweep.json</c>, <c>configurations.jsonl</c> with the whole configuration of every run,
/// <c>runs/</c>, and what only its making needs: locks, job scripts.
/// </summary>
internal sealed partial class SweepFolder
{
    /// <summary>What the sweep is.</summary>
    public const string SweepName = SweepFile.FileName;

    /// <summary>Every run's configuration, a line each.</summary>
    public const string ConfigurationsName = "configurations.jsonl";

    /// <summary>The run folders.</summary>
    public const string RunsName = "runs";

    private const string LockName = "sweep.lock", LocksName = "locks";

    /// <summary>The sweep at a path, whether it exists or not.</summary>
    public SweepFolder(string path) => (Given, FullPath) = (path, Path.GetFullPath(path));

    /// <summary>The path as it was given, for messages.</summary>
    public string Given { get; }

    /// <summary>Where it is.</summary>
    public string FullPath { get; }

    /// <summary>Whether a sweep is in it.</summary>
    public bool Exists => File.Exists(PathOf(SweepName));

    /// <summary>The path of a file in it.</summary>
    public string PathOf(string name) => Path.Combine(FullPath, name);

    /// <summary>The folder of a run.</summary>
    public string FolderOf(string run) => Path.Combine(FullPath, RunsName, run);

    /// <summary>The record of any run begun that is as asked; null where none is.</summary>
    public RunRecord? FindRecord(Func<RunRecord, bool> isIt)
    {
        string runs = PathOf(RunsName);
        return !Directory.Exists(runs)
            ? null
            : Directory.EnumerateDirectories(runs).Select(static run => Path.Combine(run, RunFolder.ConfigName))
            .Where(File.Exists).Select(RunRecord.Load).FirstOrDefault(isIt);
    }

    /// <summary>How far a run is.</summary>
    public RunState StateOf(string run) => RunState.Of(FolderOf(run));

    /// <summary>Refuses a folder that is there already, to begin a new sweep in.</summary>
    /// <exception cref="UserException">It exists.</exception>
    public void CheckNew()
    {
        if (File.Exists(FullPath)) throw new UserException($"{Given}: is a file, expected the path of a sweep folder");
        if (Directory.Exists(FullPath))
            throw new UserException(
                $"{Given}: the sweep folder exists already; --resume continues it, --out DIR writes another");
    }

    /// <summary>
    /// Refuses a folder of something else; that of a sweep, of one that was stopped while it was made, and none at all
    /// will do.
    /// </summary>
    /// <exception cref="UserException">It holds something else.</exception>
    public void CheckOwn()
    {
        if (Exists) return;
        if (File.Exists(FullPath)) throw new UserException($"{Given}: is a file, expected a sweep folder");
        if (!Directory.Exists(FullPath)) return;
        bool other = Directory.EnumerateFileSystemEntries(FullPath)
            .Any(
                static entry => !AtomicFile.IsTemporary(entry)
                    && Path.GetFileName(entry) is not (LockName or ConfigurationsName));
        if (other) throw new UserException($"{Given}: no {SweepName} in it, expected the folder of a sweep, or none");
    }

    /// <summary>Takes the folder for this process alone; made where there is none.</summary>
    /// <exception cref="UserException">Another process has it.</exception>
    public FileLock Take() =>
        FileLock.TryTake(PathOf(LockName))
            ?? throw new UserException($"{Given}: another crosspt is at work on this sweep, expected it to have ended");

    /// <summary>Takes one run for this process alone; null where another has it.</summary>
    public FileLock? TakeRun(string run) => FileLock.TryTake(Path.Combine(FullPath, LocksName, $"{run}.lock"));
}
