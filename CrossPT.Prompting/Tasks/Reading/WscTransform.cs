using System.Text;

namespace CrossPT.Prompting.Tasks.Reading;

/// <summary>
/// Marks the noun with asterisks and the pronoun with number signs, as T5 reads Winograd schemas:
/// <c>The * dog * barked when # it # saw me.</c> Takes the official layout, where the spans are in <c>target</c>, and
/// the flat one.
/// </summary>
/// <remarks>
/// Spans are given by the index of a word and a text. The text is not always found there letter by letter (case,
/// punctuation), so as many words as it has are then marked whole.
/// </remarks>
internal static class WscTransform
{
    public static IReadOnlyList<Row> Apply(JsonField row) => [Unlabelled(row) with { Label = row["label"].Label }];

    /// <summary>The row without its answer; a text that comes without spans has its marks already.</summary>
    public static Row Unlabelled(JsonField row)
    {
        JsonField spans = row.Find("target") ?? row;
        string text = row["text"].Text;
        bool isMarked = row.Find("target") is null && row.Find("label") is null && row.Find("span1_text") is null;
        string marked = isMarked ? text : Mark(text, Find(text, spans, "span1"), Find(text, spans, "span2"));
        return row.ToRow(new Dictionary<string, string> { ["text"] = marked });
    }

    private static string Mark(string text, (int Start, int End) noun, (int Start, int End) pronoun)
    {
        StringBuilder marked = new();
        for (int i = 0; i <= text.Length; i++)
        {
            // Ends before starts: one span may stand right behind the other.
            if (i == noun.End) marked.Append(" *");
            if (i == pronoun.End) marked.Append(" #");
            if (i == noun.Start) marked.Append("* ");
            if (i == pronoun.Start) marked.Append("# ");
            if (i < text.Length) marked.Append(text[i]);
        }
        return marked.ToString();
    }

    private static (int Start, int End) Find(string text, JsonField spans, string name)
    {
        JsonField index = spans[$"{name}_index"], spanText = spans[$"{name}_text"];
        string span = spanText.Text.Trim();
        (int Start, int End)[] words = Words(text);
        if (span.Length == 0) throw spanText.Wrong("words of the text");
        if (index.Int32 < 0 || index.Int32 >= words.Length)
            throw index.Wrong($"the index of one of the {words.Length} words of the text");
        int start = words[index.Int32].Start;
        if (string.Compare(text, start, span, 0, span.Length, StringComparison.OrdinalIgnoreCase) == 0)
            return (start, start + span.Length);
        int last = Math.Min(index.Int32 + Words(span).Length, words.Length) - 1;
        return (start, words[last].End);
    }

    private static (int Start, int End)[] Words(string text)
    {
        List<(int, int)> words = [];
        for (int i = 0; i < text.Length;)
        {
            int start = i;
            while (i < text.Length && !char.IsWhiteSpace(text[i])) i++;
            if (i > start) words.Add((start, i));
            i++;
        }
        return [.. words];
    }
}
