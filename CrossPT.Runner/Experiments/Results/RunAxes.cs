using System.Globalization;
using System.Text.Json;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Runner.Experiments.Results;

/// <summary>Finds out what some run folders differ in, for they come without a grid that would say so.</summary>
internal static class RunAxes
{
    /// <summary>With more differences than this, runs go by their names.</summary>
    private const int Most = 3;

    private const string RunAxis = "run";

    /// <summary>Labels runs by the settings in which they differ, the seed apart.</summary>
    public static ResultSet Label(IReadOnlyList<ResultRun> runs)
    {
        string name = runs.Count == 1
            ? runs[0].Name
            : string.Create(CultureInfo.InvariantCulture, $"{runs.Count} runs");
        Dictionary<string, string>[] settings = [.. runs.Select(LeavesOf)];
        string[] differing =
        [
            .. settings.SelectMany(static one => one.Keys).Distinct()
                .Where(key => settings.Select(one => one.GetValueOrDefault(key)).Distinct().Skip(1).Any()),
        ];
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
        for (int i = 0; i < labels.Count; i++)
        {
            if (labels.Take(i).Any(other => Same(other, labels[i]))) labels[i][RunAxis] = $"{runs[i].Name} ({i + 1})";
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
        };
    }

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

    private static Dictionary<string, string> LeavesOf(ResultRun run)
    {
        if (run.Record is not { } record) return [];
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream)) record.Configuration.Write(json);
        using JsonDocument document = JsonDocument.Parse(stream.ToArray());
        return JsonLeaves.Of(document.RootElement);
    }
}
