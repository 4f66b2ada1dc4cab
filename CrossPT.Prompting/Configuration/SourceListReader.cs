using CrossPT.Prompting.Language;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Prompts;

namespace CrossPT.Prompting.Configuration;

/// <summary>Reads the list <c>sources</c>, or makes the one that a method stands for.</summary>
internal static class SourceListReader
{
    public static readonly string[] Keys = ["file", "train", "random", "anonymous", "name", "steps"];

    private const int AnonymousCount = 3, MostAnonymous = 1 << 10;

    public static SourceSelection[] Read(ConfigSection root, MethodDefinition method, IReadOnlyList<TaskSettings> tasks)
    {
        if (!root.TryGet("sources", out ConfigValue? list)) return Default(root, method, tasks);
        if (method.Sources == MethodSources.None)
            throw new ConfigurationException(list.Place, $"sources do not apply to the method \"{method.Name}\", which has none");
        List<SourceSelection> sources = [];
        foreach (ConfigValue value in list.AsList())
        {
            foreach (SourceSelection source in ReadEntry(value))
            {
                if (sources.Any(other => other.Name == source.Name))
                {
                    throw new ConfigurationException(
                        value.Place, $"{value.Key}: a second source prompt called \"{source.Name}\", expected another name: {{ …, \"name\": … }}");
                }
                sources.Add(source);
            }
        }
        return sources.Count > 0 ? [.. sources] : throw list.Wrong("one source prompt or more");
    }

    private static SourceSelection[] Default(ConfigSection root, MethodDefinition method, IReadOnlyList<TaskSettings> tasks) => method.Sources switch
    {
        MethodSources.None => [],
        MethodSources.OwnRandom => [.. tasks.Select(static task => new SourceSelection(task.Name, SourceOrigin.Random))],
        MethodSources.OwnTuned => [.. tasks.Select(static task => new SourceSelection(task.Name, SourceOrigin.Trained) { Task = task })],
        MethodSources.Anonymous => Anonymous(AnonymousCount),
        // Never silently from random numbers: that would not be the method.
        _ => throw new ConfigurationException(
            root.Value.Place, $"no \"sources\", expected those of the method \"{method.Name}\": prompt files, or {{ \"train\": TASK }} to train one first"),
    };

    private static SourceSelection[] Anonymous(int count) => [.. Enumerable.Range(0, count).Select(static i => new SourceSelection($"com{i}", SourceOrigin.Random))];

    private static SourceSelection Load(ConfigValue path, string? name) => new(name ?? SourcePrompt.NameOf(path.AsPath()), SourceOrigin.File)
    {
        File = path.AsPath(),
        DemoName = LanguageTasks.IsMeant(path.AsString()) ? path.AsString() : null,
    };

    private static SourceSelection[] ReadEntry(ConfigValue value)
    {
        if (value.Kind != ConfigKind.Section)
        {
            if (value.Kind != ConfigKind.String) throw value.Wrong("a prompt file, or a section with \"file\", \"train\", \"random\" or \"anonymous\"");
            return [Load(value, null)];
        }
        ConfigSection section = value.AsSection().Only(Keys);
        string[] kinds = [.. value.Members.Select(static member => member.Name).Where(static name => name is "file" or "train" or "random" or "anonymous")];
        if (kinds.Length != 1) throw value.Wrong("one of \"file\", \"train\", \"random\", \"anonymous\"");
        if (kinds[0] != "train" && section.TryGet("steps", out ConfigValue? steps)) throw new ConfigurationException(steps.Place, $"{steps.Key} without effect, expected it beside \"train\"");
        if (kinds[0] is "random" or "anonymous" && section.TryGet("name", out ConfigValue? other))
            throw new ConfigurationException(other.Place, $"{other.Key} without effect, expected it beside \"file\" or \"train\"");
        string? name = section.TryGet("name", out ConfigValue? own) ? own.AsString() is { Length: > 0 } text ? text : throw own.Wrong("a name") : null;
        section.TryGet(kinds[0], out ConfigValue? what);
        switch (kinds[0])
        {
            case "file":
                return [Load(what!, name)];
            case "random":
                return [new SourceSelection(what!.AsString() is { Length: > 0 } random ? random : throw what.Wrong("a name"), SourceOrigin.Random)];
            case "anonymous":
                return Anonymous(what!.AsInt32(1, MostAnonymous));
            default:
                TaskSettings task = TaskListReader.ReadSource(what!);
                return
                [
                    new SourceSelection(name ?? task.Name, SourceOrigin.Trained)
                    {
                        Task = task,
                        Steps = section.TryGet("steps", out ConfigValue? own2) ? own2.AsInt32(1, 1 << 30) : null,
                    },
                ];
        }
    }
}
