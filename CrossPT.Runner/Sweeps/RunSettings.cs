using System.Text.Json;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Runner.Sweeps;

/// <summary>A run's configuration as a JSON document with every setting, to be compared and kept.</summary>
internal static class RunSettings
{
    public static JsonElement Of(RunConfiguration configuration)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream)) RunConfigurationWriter.Write(json, configuration);
        using JsonDocument document = JsonDocument.Parse(stream.ToArray());
        return document.RootElement.Clone();
    }
}
