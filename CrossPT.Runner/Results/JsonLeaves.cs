using System.Text.Json;

namespace CrossPT.Runner.Results;

/// <summary>A JSON document as paths and texts: <c>tasks[0].name</c>.</summary>
internal static class JsonLeaves
{
    public static void Add(JsonElement value, string key, Dictionary<string, string> leaves)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty member in value.EnumerateObject()) Add(member.Value, key.Length == 0 ? member.Name : $"{key}.{member.Name}", leaves);
                break;
            case JsonValueKind.Array:
                int index = 0;
                foreach (JsonElement element in value.EnumerateArray()) Add(element, $"{key}[{index++}]", leaves);
                break;
            default:
                leaves[key] = ResultJson.Text(value);
                break;
        }
    }
}
