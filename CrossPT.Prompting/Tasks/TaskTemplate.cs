using System.Text;

namespace CrossPT.Prompting.Tasks;

/// <summary>Text with fields in braces; <c>{{</c> and <c>}}</c> are braces themselves.</summary>
internal sealed class TaskTemplate
{
    // Literal text and field names in turn: the even ones are literal.
    private readonly string[] _parts;

    private TaskTemplate(string[] parts) => _parts = parts;

    /// <summary>Every field after its name, as T5's own tasks are written.</summary>
    public static string Default(IReadOnlyList<string> fields) =>
        string.Join(' ', fields.Select(static field => $"{Literal(field)}: {{{field}}}"));

    /// <summary>A template, or null where a brace is not closed or a field unknown.</summary>
    public static TaskTemplate? Parse(string text, IReadOnlyList<string> fields)
    {
        List<string> parts = [];
        StringBuilder literal = new();
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            bool doubled = i + 1 < text.Length && text[i + 1] == c;
            if (c is not ('{' or '}')) literal.Append(c);
            else if (doubled)
            {
                literal.Append(c);
                i++;
            }
            else
            {
                int close = text.IndexOf('}', i);
                if (c == '}' || close < 0 || !fields.Contains(text[(i + 1)..close])) return null;
                parts.Add(literal.ToString());
                parts.Add(text[(i + 1)..close]);
                literal.Clear();
                i = close;
            }
        }
        parts.Add(literal.ToString());
        return parts.Count > 1 ? new TaskTemplate([.. parts]) : null;
    }

    /// <summary>The text of a row.</summary>
    /// <param name="fields">The text of each field.</param>
    /// <param name="literals">Receives where the template's own text stands.</param>
    public string Format(IReadOnlyDictionary<string, string> fields, out IReadOnlyList<Range> literals)
    {
        StringBuilder text = new();
        List<Range> own = [];
        for (int i = 0; i < _parts.Length; i++)
        {
            int start = text.Length;
            text.Append(i % 2 == 0 ? _parts[i] : fields[_parts[i]]);
            if (i % 2 == 0 && text.Length > start) own.Add(start..text.Length);
        }
        literals = own;
        return text.ToString();
    }

    private static string Literal(string text) =>
        text.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);
}
