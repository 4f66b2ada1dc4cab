using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace CrossPT.Prompting.Configuration;

/// <summary>
/// Writes a configuration's values as they were read: numbers digit by digit, keys in their order, comments left out.
/// </summary>
internal static class ConfigJson
{
    private static readonly JsonWriterOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The value as JSON in one line.</summary>
    public static string Text(ConfigValue value)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, s_plain)) Write(json, value);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    public static void Write(Utf8JsonWriter json, ConfigValue value)
    {
        switch (value.Kind)
        {
            case ConfigKind.Section:
                json.WriteStartObject();
                foreach ((string name, ConfigValue member) in value.Members)
                {
                    json.WritePropertyName(name);
                    Write(json, member);
                }
                json.WriteEndObject();
                break;
            case ConfigKind.List:
                json.WriteStartArray();
                foreach (ConfigValue element in value.Elements) Write(json, element);
                json.WriteEndArray();
                break;
            case ConfigKind.String:
                json.WriteStringValue(value.Text);
                break;
            case ConfigKind.Null:
                json.WriteNullValue();
                break;
            default:
                json.WriteRawValue(value.Text);
                break;
        }
    }
}
