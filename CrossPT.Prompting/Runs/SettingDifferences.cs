using System.Globalization;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Runs;

/// <summary>Differences between two configurations, key by key: why a run cannot be resumed.</summary>
internal static class SettingDifferences
{
    private const int MostShown = 5;

    /// <summary>Each difference as <c>training.steps is 40, was 20</c>; empty where there is none.</summary>
    public static IReadOnlyList<string> Between(ConfigValue before, ConfigValue now)
    {
        Dictionary<string, string> old = [], current = [];
        Flatten(before, "", old);
        Flatten(now, "", current);
        List<string> differences = [];
        foreach (string key in old.Keys.Union(current.Keys))
        {
            string? was = old.GetValueOrDefault(key), value = current.GetValueOrDefault(key);
            if (was != value) differences.Add($"{key} is {value ?? "absent"}, was {was ?? "absent"}");
        }
        return differences;
    }

    /// <summary>The differences in one sentence, the first few of them.</summary>
    public static string Sentence(IReadOnlyList<string> differences)
    {
        string shown = string.Join("; ", differences.Take(MostShown));
        return differences.Count > MostShown ? $"{shown}; and {differences.Count - MostShown} more" : shown;
    }

    private static void Flatten(ConfigValue value, string key, Dictionary<string, string> leaves)
    {
        foreach ((string name, ConfigValue member) in value.Members)
            Flatten(member, ConfigPath.Join(key, name), leaves);
        for (int i = 0; i < value.Elements.Count; i++) Flatten(value.Elements[i], ConfigPath.Join(key, i), leaves);
        if (value.Kind == ConfigKind.List)
            leaves[$"{key}.length"] = value.Elements.Count.ToString(CultureInfo.InvariantCulture);
        else if (value.Kind == ConfigKind.String) leaves[key] = $"\"{value.Text}\"";
        else if (value.Kind != ConfigKind.Section) leaves[key] = value.Describe();
    }
}
