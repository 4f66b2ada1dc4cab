using System.Text.Json;
using System.Text.Json.Serialization;

namespace CrossPT.Prompting.Runs;

/// <summary>Names in their order, as one line of a file's metadata.</summary>
internal static class NameList
{
    public static string Write(IEnumerable<string> names) =>
        JsonSerializer.Serialize([.. names], NameListJson.Default.StringArray);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public static string[] Read(string text) =>
        JsonSerializer.Deserialize(text, NameListJson.Default.StringArray) ?? [];
}

/// <summary>Made when the program is built, for it may be trimmed.</summary>
[JsonSerializable(typeof(string[]))]
internal sealed partial class NameListJson : JsonSerializerContext;
