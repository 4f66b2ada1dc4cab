using System.Text.Json;

namespace CrossPT.Runner.Results;

/// <summary>A JSON document as paths and texts: <c>tasks[0].name</c>.</summary>
internal static class JsonLeaves
{
    public static Dictionary<string, string> Of(JsonElement root)
    {
        Dictionary<string, string> leaves = [];
        Add(root, "", leaves);
        return leaves;
    }

    private static void Add(JsonElement value, string path, Dictionary<string, string> leaves)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty member in value.EnumerateObject())
                    Add(member.Value, path.Length == 0 ? member.Name : $"{path}.{member.Name}", leaves);
                break;
            case JsonValueKind.Array:
                int index = 0;
                foreach (JsonElement element in value.EnumerateArray()) Add(element, $"{path}[{index++}]", leaves);
                break;
            default:
                leaves[path] = ResultJson.Text(value);
                break;
        }
    }
}
