using System.Text.Json;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Runner.Experiments.Results;

/// <summary>Reads JSON documents that may be anything.</summary>
internal static class ResultJson
{
    private const long Largest = 64 << 20;

    /// <summary>Reads a document.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it should be, for the message.</param>
    /// <param name="read">Takes from it what is needed; nothing of the document outlives it.</param>
    /// <exception cref="IOException">It is something else; the message names the file.</exception>
    public static T Read<T>(string path, string what, Func<JsonElement, T> read)
    {
        FileInfo file = new(path);
        if (!file.Exists) throw new FileNotFoundException($"{path}: no such file, expected {what}", path);
        if (file.Length > Largest)
            throw new IOException($"{path}: {file.Length} bytes, expected {what} of {Largest >> 20} MB at most");
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return read(document.RootElement);
        }
        catch (Exception error) when (error
            is JsonException or InvalidOperationException or KeyNotFoundException or FormatException
                or ArgumentException)
        {
            throw new IOException($"{path}: {error.Reason().Split(" Path:")[0].TrimEnd('.')}, expected {what}", error);
        }
    }

    /// <summary>A text, whatever kind of value it is: labels may be written as numbers.</summary>
    public static string Text(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}

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
