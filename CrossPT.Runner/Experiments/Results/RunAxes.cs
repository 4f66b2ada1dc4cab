using System.Globalization;
using System.Text.Json;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Runner.Experiments.Results;

/// <summary>Finds out what some run folders differ in, for they come without a grid that would say so.</summary>
internal static class RunAxes
{
    /// <summary>With more differences than this, runs go by their names.</summary>
    private const int Most = 3;

    private static readonly string[] s_ofMethods = ["prompt.", "router.", "training.", "evaluation."];

    private const string RunAxis = "run", Method = "method", Tasks = "tasks", Sources = "sources";

    /// <summary>
    /// Labels runs by the settings in which they differ, the seed apart. What follows from the method alone is told by
    /// the method's name.
    /// </summary>
    public static ResultSet Label(IReadOnlyList<ResultRun> runs)
    {
        string name = runs.Count == 1
            ? runs[0].Name
            : string.Create(CultureInfo.InvariantCulture, $"{runs.Count} runs");
        Dictionary<string, string>[] settings = [.. runs.Select(SettingsOf)];
        string[] differing = [.. settings.SelectMany(static one => one.Keys).Distinct().Where(Differs)];
        if (differing.Contains(Method))
        {
            Dictionary<string, string>[] defaults = [.. runs.Select(DefaultsOf)];
            differing =
            [
                .. differing.Where(key => key.StartsWith(Sources, StringComparison.Ordinal)
                    ? HasOtherSources()
                    : !MethodSets(key) || Enumerable.Range(0, runs.Count).Any(
                        i => settings[i].GetValueOrDefault(key) != defaults[i].GetValueOrDefault(key))),
            ];
        }
        string[] factors = [.. differing.Where(static key => key != ResultAxis.Seed)];
        bool hasSeeds = differing.Length > factors.Length;
        List<Dictionary<string, string>> labels = [.. factors.Length <= Most
            ? settings.Select(one => factors.ToDictionary(static key => key, key => one.GetValueOrDefault(key, "—")))
            : NamesOf(runs, settings, factors)
                .Select(static one => new Dictionary<string, string> { [RunAxis] = one })];
        if (hasSeeds)
        {
            for (int i = 0; i < labels.Count; i++)
                labels[i][ResultAxis.Seed] = settings[i].GetValueOrDefault(ResultAxis.Seed, "—");
        }
        // Runs of all the same settings are still not one run.
        if (labels.Where((label, i) => labels.Take(i).Any(other => Same(other, label))).Any())
        {
            for (int i = 0; i < labels.Count; i++)
            {
                bool isNamed = runs.Count(other => other.Name == runs[i].Name) == 1;
                labels[i][RunAxis] = isNamed ? runs[i].Name : $"{runs[i].Name} ({i + 1})";
            }
        }
        string[] names = [.. labels.SelectMany(static one => one.Keys).Distinct()];
        foreach (Dictionary<string, string> one in labels)
        {
            foreach (string axis in names) one.TryAdd(axis, "—");
        }
        ResultAxis[] axes =
        [
            .. names.Select(axis => new ResultAxis(axis, [.. labels.Select(one => one[axis]).Distinct()])),
        ];
        return new ResultSet
        {
            Name = name,
            Axes = axes,
            Runs = [.. runs.Zip(labels, static (run, label) => run.With(run.Name, label))],
            Differences =
            [
                .. factors.Select(key => new ResultAxis(
                    key, [.. settings.Select(one => one.GetValueOrDefault(key, "—")).Distinct()])),
            ],
        };

        // Whether there are any follows from the method.
        bool HasOtherSources() => settings.Select(static one => one.GetValueOrDefault(Sources)).OfType<string>()
            .Distinct().Skip(1).Any();

        bool Differs(string key) => settings.Select(one => one.GetValueOrDefault(key)).Distinct().Skip(1).Any();
    }

    private static bool MethodSets(string key) =>
        s_ofMethods.Any(section => key.StartsWith(section, StringComparison.Ordinal));

    private static bool Same(Dictionary<string, string> left, Dictionary<string, string> right) =>
        left.Count == right.Count && left.All(one => right.GetValueOrDefault(one.Key) == one.Value);

    /// <summary>
    /// A name for every run that is the same for those that differ in nothing but the seed: the first one's, without
    /// its seed.
    /// </summary>
    private static IEnumerable<string> NamesOf(
        IReadOnlyList<ResultRun> runs, Dictionary<string, string>[] settings, string[] factors)
    {
        Dictionary<string, string> names = [];
        for (int i = 0; i < runs.Count; i++)
        {
            string key = string.Join('\n', factors.Select(factor => settings[i].GetValueOrDefault(factor)));
            if (names.TryGetValue(key, out string? known))
            {
                yield return known;
                continue;
            }
            string suffix = $"-{settings[i].GetValueOrDefault(ResultAxis.Seed)}";
            string name = runs[i].Name.EndsWith(suffix, StringComparison.Ordinal)
                ? runs[i].Name[..^suffix.Length]
                : runs[i].Name;
            names[key] = names.ContainsValue(name) ? runs[i].Name : name;
            yield return names[key];
        }
    }

    /// <summary>Every setting of a run; tasks and source prompts by their names where that says enough.</summary>
    private static Dictionary<string, string> SettingsOf(ResultRun run) =>
        run.Record is { } record ? LeavesOf(record.Configuration) : [];

    /// <summary>The same where the configuration leaves all that it can to the method.</summary>
    private static Dictionary<string, string> DefaultsOf(ResultRun run)
    {
        if (run.Record is not { } record) return [];
        string[] kept = ["model", Method, Tasks, Sources];
        try
        {
            ConfigValue value = ConfigValue.Of(
                record.Configuration.ToValue().Members.Where(member => kept.Contains(member.Name)));
            return LeavesOf(RunConfiguration.Read(value, run.Name, run.Name, isRecord: true));
        }
        catch (ConfigurationException)
        {
            return [];
        }
    }

    private static Dictionary<string, string> LeavesOf(RunConfiguration configuration)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream)) configuration.Write(json);
        using JsonDocument document = JsonDocument.Parse(stream.ToArray());
        Dictionary<string, string> leaves = [];
        foreach ((string key, string value) in JsonLeaves.Of(document.RootElement))
        {
            bool isName = key.StartsWith("sources[", StringComparison.Ordinal)
                ? !key.EndsWith(".steps", StringComparison.Ordinal)
                : key.EndsWith("].name", StringComparison.Ordinal);
            if (isName) continue;
            leaves[key] = Path.IsPathRooted(value) ? Path.GetFileName(value) : value;
        }
        leaves[Tasks] = string.Join(", ", configuration.Tasks.Select(static task => task.Name));
        string sources = string.Join(", ", configuration.Sources.Select(static source => source.Name));
        if (sources.Length > 0) leaves[Sources] = sources;
        // A setting that all tasks share is one.
        foreach (IGrouping<string, string> shared in leaves.Keys
            .Where(static key => key.StartsWith("tasks[", StringComparison.Ordinal))
            .GroupBy(static key => key[(key.IndexOf(']', StringComparison.Ordinal) + 2)..]).ToArray())
        {
            string[] values = [.. shared.Select(key => leaves[key]).Distinct()];
            if (values.Length > 1 || shared.Count() < configuration.Tasks.Count) continue;
            foreach (string key in shared) leaves.Remove(key);
            leaves[shared.Key] = values[0];
        }
        return leaves;
    }
}
