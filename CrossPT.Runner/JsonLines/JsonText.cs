using System.Text.Encodings.Web;
using System.Text.Json;

namespace CrossPT.Runner.JsonLines;

/// <summary>Strings as JSON.</summary>
internal static class JsonText
{
    /// <summary>A string in quotes; letters of every language stay as they are.</summary>
    public static string Quote(string text) =>
        $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
