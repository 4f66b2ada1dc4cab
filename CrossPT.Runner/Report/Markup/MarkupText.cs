using System.Text;

namespace CrossPT.Runner.Report.Markup;

/// <summary>Texts and names in markup.</summary>
internal static class MarkupText
{
    /// <summary>Adds a text so that it can be nothing else, in an element or an attribute; what no document may hold becomes U+FFFD.</summary>
    public static void AppendTo(StringBuilder markup, string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            switch (c)
            {
                case '&':
                    markup.Append("&amp;");
                    break;
                case '<':
                    markup.Append("&lt;");
                    break;
                case '>':
                    markup.Append("&gt;");
                    break;
                case '"':
                    markup.Append("&quot;");
                    break;
                case '\'':
                    markup.Append("&#39;");
                    break;
                case '\n' or '\t':
                    markup.Append(c);
                    break;
                default:
                    if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) markup.Append(c).Append(text[++i]);
                    else markup.Append(IsRefused(c) ? '\uFFFD' : c);
                    break;
            }
        }
    }

    /// <summary>Refuses a name that is none.</summary>
    public static void CheckName(string name)
    {
        if (name.Length == 0 || !char.IsAsciiLetter(name[0]) || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-'))
            throw new ArgumentException($"MarkupWriter: '{name}' is no name.", nameof(name));
    }

    /// <summary>Refuses attributes that run or load something, and addresses outside of the page and what lies beside it.</summary>
    public static void CheckAttribute(string name, string value)
    {
        CheckName(name);
        if (name.StartsWith("on", StringComparison.OrdinalIgnoreCase) || name is "style" or "src" or "srcset" or "srcdoc" or "action")
            throw new ArgumentException($"MarkupWriter: an attribute {name}, expected one that cannot run or load anything.", nameof(name));
        if (name == "href" && !value.StartsWith('#') && !IsBeside(value))
            throw new ArgumentException($"MarkupWriter: the address '{value}', expected a place in the page or a file beside it.", nameof(value));
    }

    // Letters, digits and slashes: nothing with a scheme, a host or a way up.
    private static bool IsBeside(string address) =>
        address.Length > 0 && address[0] != '/' && !address.Contains("..", StringComparison.Ordinal) && !address.Contains("//", StringComparison.Ordinal)
        && address.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or '%');

    // Control characters, halves of pairs, and marks that turn the direction of a line around.
    private static bool IsRefused(char c) => char.IsControl(c) || char.IsSurrogate(c) || c is '\uFFFE' or '\uFFFF' || c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
