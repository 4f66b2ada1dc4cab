using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Demo;
using CrossPT.Runner.Experiments.Results;
using CrossPT.Runner.Hub.Transfer;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>
/// The folder of a sweep: <c>sweep.json</c>, <c>configurations.jsonl</c> with the whole configuration of every run,
/// <c>runs/</c>, and what only its making needs: locks, job scripts.
/// </summary>
internal sealed class SweepFolder
{
    private static readonly JsonWriterOptions s_line =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Name of the file that describes the sweep.</summary>
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

    /// <summary>
    /// Writes what the sweep is; the configurations first, for <c>sweep.json</c> says that all is there.
    /// </summary>
    public void Write(SweepPlan plan)
    {
        Directory.CreateDirectory(FullPath);
        AtomicFile.Write(PathOf(ConfigurationsName), stream =>
        {
            foreach (SweepRun run in plan.Runs)
            {
                using (Utf8JsonWriter json = new(stream, s_line))
                {
                    json.WriteStartObject();
                    json.WriteString("name", run.Name);
                    json.WritePropertyName("configuration");
                    run.Configuration.Write(json);
                    json.WriteEndObject();
                }
                stream.Write("\n"u8);
            }
        });
        SweepFile file = new()
        {
            Name = plan.Name,
            Title = plan.Title,
            About = plan.About,
            Grid = plan.Grid,
            Axes = plan.Axes,
            Baseline = plan.Baseline,
            Runs =
            [
                .. plan.Runs.Select(static run => new SweepEntry(run.Name, $"{RunsName}/{run.Name}", run.Settings)),
            ],
        };
        file.Write(FullPath);
    }

    /// <summary>Reads the sweep.</summary>
    /// <exception cref="ConfigurationException">A configuration is missing or broken.</exception>
    /// <exception cref="IOException"><c>sweep.json</c> is.</exception>
    public SweepPlan Read()
    {
        SweepFile file = SweepFile.Read(FullPath);
        Dictionary<string, ConfigValue> configurations = ReadConfigurations();
        List<SweepRun> runs = [];
        foreach (SweepEntry run in file.Runs)
        {
            if (RunNames.ToFolder(run.Name) != run.Name)
                throw new IOException($"{PathOf(SweepName)}: '{run.Name}' is not the name of a run");
            if (!configurations.TryGetValue(run.Name, out ConfigValue? configuration))
            {
                throw new ConfigurationException(
                    PathOf(ConfigurationsName), $"has no run {run.Name}, expected all runs of {SweepName}");
            }
            runs.Add(new SweepRun(run.Name, run.Settings, ReadOwn(configuration, run.Name)));
        }
        return new SweepPlan
        {
            Name = file.Name,
            Title = file.Title,
            About = file.About,
            Grid = file.Grid,
            Axes = file.Axes,
            Baseline = file.Baseline,
            Runs = runs,
        };
    }

    /// <summary>Reads one run of it, without the others.</summary>
    /// <exception cref="ConfigurationException">A file is missing or broken.</exception>
    /// <exception cref="UserException">There is no such run.</exception>
    public SweepRun ReadRun(string name)
    {
        Dictionary<string, ConfigValue> configurations = ReadConfigurations(name);
        if (RunNames.ToFolder(name) == name && configurations.TryGetValue(name, out ConfigValue? configuration))
            return new SweepRun(name, new Dictionary<string, string>(), ReadOwn(configuration, name));
        string[] names = [.. SweepFile.Read(FullPath).Runs.Select(static run => run.Name)];
        string meant = NearestName.Near(name, names) is { } near
            ? $"the nearest one is {near}"
            : $"expected one of its {names.Length}, such as {names[0]}";
        throw new UserException($"{Given}: has no run '{name}', {meant}");
    }

    private RunConfiguration ReadOwn(ConfigValue configuration, string name)
    {
        RunConfiguration read = RunConfiguration.Read(configuration.AsTop(), name, PathOf(ConfigurationsName));
        return DemoNames.Resolve(read) with { Out = FolderOf(name) };
    }

    private Dictionary<string, ConfigValue> ReadConfigurations(string? only = null)
    {
        string path = PathOf(ConfigurationsName);
        if (!File.Exists(path))
            throw new ConfigurationException(path, "no such file, expected the configurations of a sweep");
        Dictionary<string, ConfigValue> configurations = [];
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (only is not null && !line.Contains($"\"{only}\"", StringComparison.Ordinal)) continue;
            string place = FormattableString.Invariant($"{path}:{number}");
            ConfigSection entry = ConfigReader.Read(Encoding.UTF8.GetBytes(line), place, FullPath).AsSection();
            string run = entry.Require("name", "a run's name").AsString();
            configurations[run] = entry.Require("configuration", "its configuration");
        }
        return configurations;
    }
}
