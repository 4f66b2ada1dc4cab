using System.ComponentModel.DataAnnotations;
using CrossPT.Prompting.Language;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Configuration;

/// <summary>Where a source prompt comes from.</summary>
public enum SourceOrigin
{
    /// <summary>A prompt file.</summary>
    File,

    /// <summary>Prompt tuning of a task, done first.</summary>
    Trained,

    /// <summary>Random numbers, which must be trained on to be of use.</summary>
    Random,
}

/// <summary>A source prompt of a run.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Origin">Where it comes from.</param>
public sealed record SourceSelection(string Name, SourceOrigin Origin)
{
    /// <summary>The file, of one that is loaded.</summary>
    public string? File { get; init; }

    /// <summary>The same as written, where it is a name of the demo's world, <c>demo/…</c>; else null.</summary>
    public string? DemoName { get; init; }

    /// <summary>The task, of one that is trained first.</summary>
    public TaskSettings? Task { get; init; }

    /// <summary>Steps of training it first; null for those of the run.</summary>
    public int? Steps { get; init; }
}

/// <summary>An entry of the list <c>sources</c>: one of a file, a task to train on first, and random numbers.</summary>
internal sealed record SourceEntry
{
    private const int MostAnonymous = 1 << 10;

    /// <summary>A prompt file.</summary>
    [FilePath]
    public string? File { get; set; }

    /// <summary>A task to tune the prompt on first: a built-in one's name, or a section as in <c>tasks</c>.</summary>
    [SourceTask]
    public TaskSettings? Train { get; set; }

    /// <summary>Name of one from random numbers.</summary>
    public string? Random { get; set; }

    /// <summary>Number of source prompts from random numbers, com0, com1, ….</summary>
    [Range(1, MostAnonymous)]
    public int? Anonymous { get; set; }

    /// <summary>Its name; without it, the file's or the task's.</summary>
    public string? Name { get; set; }

    /// <summary>Steps of tuning it; without them, those of the run.</summary>
    [Range(1, 1 << 30)]
    public int? Steps { get; set; }
}

/// <summary>The list <c>sources</c>.</summary>
internal sealed class SourceListAttribute : ValueFormatAttribute
{
    public override string Schema =>
        """
        { "type": "array", "minItems": 1, "items": { "anyOf": [
          { "type": "string", "minLength": 1 }, { "$ref": "#/$defs/SourceEntry" } ] } }
        """;

    private const int AnonymousCount = 3;

    private static readonly string[] s_origins = ["file", "train", "random", "anonymous"];

    /// <summary>The sources as given, or those that a method stands for.</summary>
    public static IReadOnlyList<SourceSelection> Complete(
        ConfigSection root, MethodDefinition method, IReadOnlyList<TaskSettings> tasks,
        IReadOnlyList<SourceSelection> given)
    {
        if (!root.TryGet("sources", out ConfigValue? list)) return Default(root, method, tasks);
        if (method.Sources != MethodSources.None) return given;
        throw new ConfigurationException(
            list.Place, $"sources do not apply to the method \"{method.Name}\", which has none");
    }

    public override object Read(ConfigValue list)
    {
        List<SourceSelection> sources = [];
        foreach (ConfigValue value in list.AsList())
        {
            foreach (SourceSelection source in ReadEntry(value))
            {
                if (sources.Any(other => other.Name == source.Name))
                {
                    throw new ConfigurationException(
                        value.Place,
                        $"{value.Key}: a second source prompt called \"{source.Name}\", "
                        + "expected another name: { …, \"name\": … }");
                }
                sources.Add(source);
            }
        }
        return sources.Count > 0 ? sources : throw list.Wrong("one source prompt or more");
    }

    public override ConfigValue? Write(object? value)
    {
        IReadOnlyList<SourceSelection> sources = (IReadOnlyList<SourceSelection>)value!;
        return sources.Count == 0 ? null : ConfigValue.Of([.. sources.Select(Write)]);
    }

    private static ConfigValue Write(SourceSelection source)
    {
        bool isRandom = source.Origin == SourceOrigin.Random;
        SourceEntry entry = new()
        {
            Random = isRandom ? source.Name : null,
            File = source.File,
            Train = source.Task,
            Name = isRandom ? null : source.Name,
            Steps = source.Steps,
        };
        return ConfigRecord.Write(entry, ConfigurationTypes.Default.SourceEntry);
    }

    private static SourceSelection[] Default(
        ConfigSection root, MethodDefinition method, IReadOnlyList<TaskSettings> tasks) => method.Sources switch
    {
        MethodSources.None => [],
        MethodSources.OwnRandom =>
            [.. tasks.Select(static task => new SourceSelection(task.Name, SourceOrigin.Random))],
        MethodSources.OwnTuned => [.. tasks.Select(static task => Trained(task.Name, task, steps: null))],
        MethodSources.Anonymous => Anonymous(AnonymousCount),
        // Never silently from random numbers: that would not be the method.
        _ => throw new ConfigurationException(
            root.Value.Place,
            $"no \"sources\", expected those of the method \"{method.Name}\": "
            + "prompt files, or { \"train\": TASK } to train one first"),
    };

    private static SourceSelection[] ReadEntry(ConfigValue value)
    {
        if (value.Kind == ConfigKind.String) return [Loaded(value, name: null)];
        if (value.Kind != ConfigKind.Section)
            throw value.Wrong("a prompt file, or a section with \"file\", \"train\", \"random\" or \"anonymous\"");
        SourceEntry entry = new();
        ConfigRecord.Read(value.AsSection(), entry, ConfigurationTypes.Default.SourceEntry);
        ConfigSection section = value.AsSection();
        string[] origins = [.. s_origins.Where(origin => section.TryGet(origin, out _))];
        if (origins.Length != 1) throw value.Wrong("one of \"file\", \"train\", \"random\", \"anonymous\"");
        if (entry.Train is null) Refuse(section, "steps", "\"train\"");
        if (entry.Train is null && entry.File is null) Refuse(section, "name", "\"file\" or \"train\"");
        foreach (string key in (ReadOnlySpan<string>)["name", "random"])
        {
            if (section.TryGet(key, out ConfigValue? name) && name.AsString().Length == 0) throw name.Wrong("a name");
        }
        return entry switch
        {
            { File: not null } => [Loaded(section.Require("file", "a prompt file"), entry.Name)],
            { Train: { } task } => [Trained(entry.Name ?? task.Name, task, entry.Steps)],
            { Random: { } random } => [new SourceSelection(random, SourceOrigin.Random)],
            _ => Anonymous(entry.Anonymous!.Value),
        };
    }

    private static SourceSelection Loaded(ConfigValue path, string? name)
    {
        string file = path.AsPath();
        return new SourceSelection(name ?? SourcePrompt.NameOf(file), SourceOrigin.File)
        {
            File = file,
            DemoName = LanguageTasks.IsMeant(path.AsString()) ? path.AsString() : null,
        };
    }

    private static SourceSelection Trained(string name, TaskSettings task, int? steps) =>
        new(name, SourceOrigin.Trained) { Task = task, Steps = steps };

    private static SourceSelection[] Anonymous(int count) =>
        [.. Enumerable.Range(0, count).Select(static i => new SourceSelection($"com{i}", SourceOrigin.Random))];

    private static void Refuse(ConfigSection section, string key, string expected)
    {
        if (!section.TryGet(key, out ConfigValue? value)) return;
        throw new ConfigurationException(value.Place, $"{value.Key} without effect, expected it beside {expected}");
    }
}

/// <summary>
/// A task to train a source prompt on: a built-in one's name, or a section as in <c>tasks</c>; without shots, on all
/// its rows.
/// </summary>
internal sealed class SourceTaskAttribute : ValueFormatAttribute
{
    public override string Schema =>
        """
        { "anyOf": [ { "type": "string" }, { "$ref": "#/$defs/TaskSettings" } ] }
        """;

    public override object Read(ConfigValue value)
    {
        if (value.Kind != ConfigKind.String)
        {
            TaskSettings task = TaskSettings.Read(value);
            if (!value.AsSection().TryGet("shots", out _)) task.Shots = null;
            return task;
        }
        string name = value.AsString();
        return BuiltInTasks.Find(name) is not null
            ? new TaskSettings(name) { Shots = null }
            : throw value.Wrong($"{BuiltInTasks.ExpectedFor(name)}, or a section with a \"declaration\"");
    }

    public override ConfigValue? Write(object? value) =>
        value is null ? null : ConfigRecord.Write(value, ConfigurationTypes.Default.TaskSettings);
}
