using System.Text.Json;
using CrossPT.Prompting.Runs;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Files;

/// <summary>A run's model out of its <c>config.json</c>: all that a prompt of the run takes with it.</summary>
internal static class RunModelName
{
    private const int LargestFile = 1 << 24;

    /// <summary>
    /// The hub's name where the weights are known to be its model's, else the path; null where the record has neither:
    /// a folder of prompts without a record of the run is still one of prompts.
    /// </summary>
    public static string? Read(string path)
    {
        try
        {
            if (!File.Exists(path) || new FileInfo(path).Length > LargestFile) return null;
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("model", out JsonElement model)
                || model.ValueKind != JsonValueKind.Object)
                return null;
            return Text(model, "path") is { Length: > 0 } folder
                ? HubName(folder, Text(model, "sha256")) ?? folder
                : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or IOException
            or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    // The hub's cache names a file of weights by the SHA-256 that the hub gives for it.
    private static string? HubName(string folder, string? sha256)
    {
        try
        {
            bool isHubs = sha256 is not null && ModelIdentity.LinkedHashOf(folder) == sha256;
            return isHubs ? ModelIdentity.NameOf(folder).Name : null;
        }
        catch (Exception error) when (error is TensorFileException or IOException or UnauthorizedAccessException)
        {
            // The model is gone, or something else stands in its place.
            return null;
        }
    }

    private static string? Text(JsonElement model, string key) =>
        model.TryGetProperty(key, out JsonElement text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()
            : null;
}
