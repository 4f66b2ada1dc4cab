using System.Security.Cryptography;
using System.Text;

namespace CrossPT.Runner.Report.Markup;

/// <summary>A stylesheet or a script that comes with the program; its hash is what the page allows, and no other.</summary>
internal sealed class ProgramText
{
    private ProgramText(string element, string text) => (Element, Text) = (element, text);

    /// <summary><c>style</c> or <c>script</c>.</summary>
    public string Element { get; }

    public string Text { get; }

    /// <summary><c>'sha256-…'</c>, as a content security policy has it.</summary>
    public string Hash => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Text)))}'";

    public static ProgramText Style(string text) => new("style", text);

    public static ProgramText Script(string text) => new("script", text);

    /// <summary>An asset of the report by its name.</summary>
    public static string Load(string name)
    {
        using Stream stream = typeof(ProgramText).Assembly.GetManifestResourceStream($"report/{name}")
            ?? throw new InvalidOperationException($"The program has no {name}.");
        using StreamReader reader = new(stream, Encoding.UTF8);
        return reader.ReadToEnd().Replace("\r\n", "\n", StringComparison.Ordinal);
    }
}
