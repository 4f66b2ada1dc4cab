using System.Text.Json;

namespace CrossPT.Prompting.Files;

/// <summary>The name of a run's model out of its <c>config.json</c>: all that a prompt of the run takes with it.</summary>
internal static class RunModelName
{
    private const int LargestFile = 1 << 24;

    /// <summary>The name, or null: a folder of prompts without a record of the run is still one of prompts.</summary>
    public static string? Read(string path)
    {
        try
        {
            if (!File.Exists(path) || new FileInfo(path).Length > LargestFile) return null;
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("model", out JsonElement model)
                && model.ValueKind == JsonValueKind.Object && model.TryGetProperty("name", out JsonElement name) && name.ValueKind == JsonValueKind.String
                    ? name.GetString()
                    : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
