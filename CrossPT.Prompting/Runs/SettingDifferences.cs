using System.Text.Json;

namespace CrossPT.Prompting.Runs;

/// <summary>What differs between two JSON documents, key by key: why a run cannot be resumed.</summary>
internal static class SettingDifferences
{
    private const int MostShown = 5;

    /// <summary>Each difference as <c>training.steps is 40, was 20</c>; empty where there is none.</summary>
    public static IReadOnlyList<string> Between(JsonElement before, JsonElement now)
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
    public static string Sentence(IReadOnlyList<string> differences) =>
        string.Join("; ", differences.Take(MostShown)) + (differences.Count > MostShown ? $"; and {differences.Count - MostShown} more" : "");

    private static void Flatten(JsonElement value, string key, Dictionary<string, string> leaves)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty member in value.EnumerateObject()) Flatten(member.Value, key.Length == 0 ? member.Name : $"{key}.{member.Name}", leaves);
        }
        else if (value.ValueKind == JsonValueKind.Array)
        {
            int index = 0;
            foreach (JsonElement element in value.EnumerateArray()) Flatten(element, $"{key}[{index++}]", leaves);
            leaves[$"{key}.length"] = index.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        else leaves[key] = value.GetRawText();
    }
}
