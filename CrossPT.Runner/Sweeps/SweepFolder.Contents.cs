using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CrossPT.Prompting.Configuration;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Demo;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Sweeps;

/// <content>What the sweep is, written and read.</content>
internal sealed partial class SweepFolder
{
    private static readonly JsonWriterOptions s_document = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions s_line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes what the sweep is; the configurations first, for <c>sweep.json</c> says that all is there.</summary>
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
        AtomicFile.Write(PathOf(SweepName), stream =>
        {
            using (Utf8JsonWriter json = new(stream, s_document)) WriteSweep(json, plan);
            stream.Write("\n"u8);
        });
    }

    /// <summary>Reads the sweep that is in it.</summary>
    /// <exception cref="ConfigurationException">A file is missing or broken.</exception>
    public SweepPlan Read()
    {
        ConfigSection root = ConfigReader.ReadFile(PathOf(SweepName)).AsSection();
        Dictionary<string, ConfigValue> configurations = ReadConfigurations();
        List<SweepRun> runs = [];
        foreach (ConfigValue value in root.Require("runs", "the runs").AsList())
        {
            ConfigSection run = value.AsSection();
            string name = run.Require("name", "a name").AsString();
            if (RunNames.ToFolder(name) != name) throw run.Require("name", "a name").Wrong("the name of a run");
            if (!configurations.TryGetValue(name, out ConfigValue? configuration))
                throw new ConfigurationException(PathOf(ConfigurationsName), $"has no run {name}, expected all runs of {SweepName}");
            runs.Add(new SweepRun(name, ReadLabels(run.Section("settings").Value), ReadOwn(configuration, name)));
        }
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(PathOf(SweepName)));
        return new SweepPlan
        {
            Name = root.Require("name", "the sweep's name").AsString(),
            Title = root.TryGet("title", out ConfigValue? title) ? title.AsString() : null,
            About = root.TryGet("about", out ConfigValue? about) ? about.AsString() : null,
            Grid = document.RootElement.GetProperty("grid").Clone(),
            Axes = [.. root.Require("axes", "the axes").AsList().Select(static axis => ReadAxis(axis.AsSection()))],
            Baseline = root.TryGet("baseline", out ConfigValue? baseline) ? ReadLabels(baseline) : null,
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
        throw new UserException($"{Given}: has no run '{name}', the nearest one is {NearestName.Of(name, Read().Runs.Select(static run => run.Name))}");
    }

    private RunConfiguration ReadOwn(ConfigValue configuration, string name) =>
        DemoNames.Resolve(RunConfiguration.Read(configuration.AsTop(), name, PathOf(ConfigurationsName))) with { Out = FolderOf(name) };

    private Dictionary<string, ConfigValue> ReadConfigurations(string? only = null)
    {
        string path = PathOf(ConfigurationsName);
        if (!File.Exists(path)) throw new ConfigurationException(path, "no such file, expected the configurations of a sweep");
        Dictionary<string, ConfigValue> configurations = [];
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (only is not null && !line.Contains($"\"{only}\"", StringComparison.Ordinal)) continue;
            ConfigSection entry = ConfigReader.Read(Encoding.UTF8.GetBytes(line), FormattableString.Invariant($"{path}:{number}"), FullPath).AsSection();
            configurations[entry.Require("name", "a run's name").AsString()] = entry.Require("configuration", "its configuration");
        }
        return configurations;
    }

    private static (string Name, IReadOnlyList<string> Values) ReadAxis(ConfigSection axis) =>
        (axis.Require("name", "a name").AsString(), [.. axis.Require("values", "its values").AsList().Select(static value => value.AsString())]);

    private static Dictionary<string, string> ReadLabels(ConfigValue labels) =>
        labels.Members.ToDictionary(static member => member.Name, static member => member.Value.AsString());

    private static void WriteSweep(Utf8JsonWriter json, SweepPlan plan)
    {
        json.WriteStartObject();
        json.WriteString("name", plan.Name);
        if (plan.Title is not null) json.WriteString("title", plan.Title);
        if (plan.About is not null) json.WriteString("about", plan.About);
        json.WritePropertyName("grid");
        plan.Grid.WriteTo(json);
        json.WriteStartArray("axes");
        foreach ((string name, IReadOnlyList<string> values) in plan.Axes)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteStartArray("values");
            foreach (string value in values) json.WriteStringValue(value);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (plan.Baseline is not null) WriteLabels(json, "baseline", plan.Baseline);
        json.WriteStartArray("runs");
        foreach (SweepRun run in plan.Runs)
        {
            json.WriteStartObject();
            json.WriteString("name", run.Name);
            json.WriteString("folder", $"{RunsName}/{run.Name}");
            WriteLabels(json, "settings", run.Settings);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteLabels(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string> labels)
    {
        json.WriteStartObject(name);
        foreach ((string axis, string label) in labels) json.WriteString(axis, label);
        json.WriteEndObject();
    }
}
