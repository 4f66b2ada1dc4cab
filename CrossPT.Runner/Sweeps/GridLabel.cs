using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Runner.Sweeps;

/// <summary>A value of an axis as names and tables show it.</summary>
internal static class GridLabel
{
    private static readonly JsonWriterOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A string's characters, a number as it was written; lists and sections as JSON without its quotation marks.</summary>
    public static string Of(ConfigValue value)
    {
        if (value.Kind == ConfigKind.Null) return "null";
        if (value.Kind is not (ConfigKind.List or ConfigKind.Section)) return value.Text;
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, s_plain)) ConfigJson.Write(json, value);
        return Encoding.UTF8.GetString(stream.ToArray()).Replace("\"", "", StringComparison.Ordinal);
    }
}
