using System.Text.Encodings.Web;
using System.Text.Json;

namespace CrossPT.Runner.Cli;

/// <summary>Writes the one document of <c>--json</c>: an object on a line of its own.</summary>
internal static class JsonDocumentWriter
{
    public static void Write(StandardStreams streams, Action<Utf8JsonWriter> members)
    {
        // Read by programs, not by browsers: names and text stay as they are.
        JsonWriterOptions options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (Utf8JsonWriter json = new(streams.Output, options))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        streams.Output.Write("\n"u8);
    }
}
