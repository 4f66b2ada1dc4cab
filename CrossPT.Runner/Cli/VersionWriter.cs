using System.Text.Json;
using CrossPT.Runner.Devices;

namespace CrossPT.Runner.Cli;

/// <summary>Writes version and back ends.</summary>
internal static class VersionWriter
{
    public static string Version => typeof(VersionWriter).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    public static void Write(CommandLine line, StandardStreams streams)
    {
        if (line.Find(GlobalOptions.Json) is null)
        {
            streams.Text.WriteLine($"crosspt {Version} (back ends: {string.Join(", ", DeviceTable.Backends)})");
            return;
        }
        JsonDocumentWriter.Write(streams, static json =>
        {
            json.WriteString("version", Version);
            json.WriteStartArray("backends");
            foreach (string name in DeviceTable.Backends) json.WriteStringValue(name);
            json.WriteEndArray();
        });
    }
}
