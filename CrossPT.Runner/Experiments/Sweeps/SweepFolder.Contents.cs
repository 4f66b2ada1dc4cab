using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CrossPT.Prompting.Configuration;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Demo;
using CrossPT.Runner.Experiments.Results;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <content>What the sweep is, written and read.</content>
internal sealed partial class SweepFolder
{
    private static readonly JsonWriterOptions s_line =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

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
