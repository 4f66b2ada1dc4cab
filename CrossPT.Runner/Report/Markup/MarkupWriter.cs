using System.Text;

namespace CrossPT.Runner.Report.Markup;

/// <summary>
/// Writes HTML and SVG, element by element. Whatever comes as a text is a text and nothing else: names of tasks and labels may be anybody's. Scripts, styles
/// and addresses elsewhere cannot be written at all.
/// </summary>
internal sealed class MarkupWriter
{
    private static readonly HashSet<string> s_void = ["meta", "br", "hr", "col", "wbr", "link"], s_refused = ["style", "script", "iframe", "object", "embed", "base", "form", "img", "link"];

    private readonly StringBuilder _markup = new();
    private readonly Stack<string> _open = [];

    /// <summary>Opens an element; disposing closes it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="attributes">Attributes; those without a value are left out, an empty value is written.</param>
    public Element Open(string name, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        if (s_refused.Contains(name)) throw new ArgumentException($"MarkupWriter: an element {name}, expected one that cannot run or load anything.", nameof(name));
        Begin(name, attributes);
        _open.Push(name);
        return new Element(this);
    }

    /// <summary>An element with a text in it, or none.</summary>
    public void Add(string name, string? text, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        using Element element = Open(name, attributes);
        if (text is not null) Text(text);
    }

    /// <summary>An element that is never closed: <c>meta</c>, <c>br</c>.</summary>
    public void AddVoid(string name, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        if (!s_void.Contains(name) || s_refused.Contains(name)) throw new ArgumentException($"MarkupWriter: {name} is no element without an end.", nameof(name));
        Begin(name, attributes);
    }

    /// <summary>A text.</summary>
    public void Text(string text) => MarkupText.AppendTo(_markup, text);

    /// <summary>A name that may be broken behind its dots, slashes and underscores, where there is no room for it.</summary>
    public void Name(string text)
    {
        int from = 0;
        for (int i = 0; i < text.Length - 1; i++)
        {
            if (text[i] is not ('.' or '/' or '_')) continue;
            Text(text[from..(i + 1)]);
            Begin("wbr", []);
            from = i + 1;
        }
        Text(text[from..]);
    }

    /// <summary>A stylesheet or a script of the program's own; nothing of a run may be in it.</summary>
    public void AddOwn(ProgramText text)
    {
        _markup.Append('<').Append(text.Element).Append('>').Append(text.Text).Append("</").Append(text.Element).Append(">\n");
    }

    /// <summary>The doctype of a page.</summary>
    public void Doctype() => _markup.Append("<!DOCTYPE html>\n");

    /// <summary>All of it.</summary>
    /// <exception cref="InvalidOperationException">An element is still open.</exception>
    public override string ToString() => _open.Count == 0 ? _markup.ToString() : throw new InvalidOperationException($"MarkupWriter: {_open.Peek()} is still open.");

    private void Begin(string name, ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        MarkupText.CheckName(name);
        _markup.Append('<').Append(name);
        foreach ((string key, string? value) in attributes)
        {
            if (value is null) continue;
            MarkupText.CheckAttribute(key, value);
            _markup.Append(' ').Append(key).Append("=\"");
            MarkupText.AppendTo(_markup, value);
            _markup.Append('"');
        }
        _markup.Append('>');
    }

    private void Close()
    {
        string name = _open.Pop();
        _markup.Append("</").Append(name).Append('>');
        // Line ends where they cannot be seen.
        if (name is "p" or "tr" or "section" or "figure" or "table" or "div" or "g" or "svg" or "h1" or "h2" or "h3" or "li" or "details") _markup.Append('\n');
    }

    /// <summary>An open element.</summary>
    internal readonly struct Element(MarkupWriter writer) : IDisposable
    {
        public void Dispose() => writer.Close();
    }
}
