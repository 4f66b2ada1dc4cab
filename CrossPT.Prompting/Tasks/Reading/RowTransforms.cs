using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace CrossPT.Prompting.Tasks.Reading;

/// <summary>What turns an object into rows, where its members are not the fields themselves.</summary>
public enum RowTransform
{
    /// <summary>Winograd schemas, whose noun and pronoun are marked.</summary>
    Wsc,

    /// <summary>MultiRC, where a passage holds questions and these their answers.</summary>
    [JsonStringEnumMemberName("multirc")]
    MultiRc,

    /// <summary>ReCoRD, whose candidates are the entities of a passage.</summary>
    Record,
}

/// <summary>The functions of the transforms.</summary>
internal static class RowTransforms
{
    public static IReadOnlyList<Row> Apply(this RowTransform transform, JsonField row) => transform switch
    {
        RowTransform.Wsc => WscTransform.Apply(row),
        RowTransform.MultiRc => MultiRcTransform.Apply(row),
        _ => RecordTransform.Apply(row),
    };

    /// <summary>A row whose answer is yet to be found.</summary>
    public static Row ApplyUnlabelled(this RowTransform transform, JsonField row) => transform switch
    {
        RowTransform.Wsc => WscTransform.Unlabelled(row),
        RowTransform.MultiRc => MultiRcTransform.Unlabelled(row),
        _ => RecordTransform.Unlabelled(row),
    };
}

/// <summary>
/// One row for every answer of every question of a passage: MultiRC's official nesting,
/// <c>passage.questions[].answers[]</c>, or its flat layout. Markup goes as in T5: <c>&lt;br&gt;</c> becomes a space,
/// <c>&lt;b&gt;</c> nothing. Rows of one question are one group.
/// </summary>
internal static class MultiRcTransform
{
    public static IReadOnlyList<Row> Apply(JsonField row)
    {
        if (row.Find("passage") is not { } passage) return [Flat(row)];
        string text = WithoutMarkup(passage["text"].Text);
        List<Row> rows = [];
        int number = 0;
        foreach (JsonField question in passage["questions"].Elements)
        {
            // The line stands for the passage: an index of its own may be missing.
            string group = string.Create(CultureInfo.InvariantCulture, $"{row.Line}.{number++}");
            string asked = WithoutMarkup(question["question"].Text);
            foreach (JsonField answer in question["answers"].Elements)
            {
                Row labelled = Create(row, text, asked, answer["text"].Text);
                rows.Add(labelled with { Label = answer["label"].Label, Group = group });
            }
        }
        return rows;
    }

    private static Row Flat(JsonField row)
    {
        JsonField index = row["idx"];
        string group = string.Create(
            CultureInfo.InvariantCulture, $"{index["paragraph"].Int32}.{index["question"].Int32}");
        return Unlabelled(row) with { Label = row["label"].Label, Group = group };
    }

    /// <summary>A row of the flat layout, without its answer.</summary>
    public static Row Unlabelled(JsonField row) =>
        Create(row, WithoutMarkup(row["paragraph"].Text), WithoutMarkup(row["question"].Text), row["answer"].Text);

    private static Row Create(JsonField row, string paragraph, string question, string answer) =>
        row.ToRow(new Dictionary<string, string>
        {
            ["paragraph"] = paragraph,
            ["question"] = question,
            ["answer"] = WithoutMarkup(answer),
        });

    private static string WithoutMarkup(string text) => text
        .Replace("<br>", " ", StringComparison.Ordinal).Replace("<b>", "", StringComparison.Ordinal)
        .Replace("</b>", "", StringComparison.Ordinal);
}

/// <summary>
/// One row for every query of a passage: ReCoRD's official nesting, <c>passage.entities</c> as spans and <c>qas[]</c>,
/// or its flat layout. The candidates are the different entities of the passage; the right answers are among them.
/// </summary>
/// <remarks>
/// The passage's <c>@highlight</c> lines become sentences as in T5. T5 trains on one row for every right answer; here a
/// query is one row, and the first right answer is what is trained on.
/// </remarks>
internal static partial class RecordTransform
{
    public static IReadOnlyList<Row> Apply(JsonField row)
    {
        JsonField passage = row["passage"];
        if (row.Find("qas") is not { } queries) return [Unlabelled(row) with { Answers = row["answers"].Texts }];
        string text = passage["text"].Text;
        string[] entities = [.. passage["entities"].Elements.Select(span => Entity(text, span)).Distinct()];
        return
        [
            .. queries.Elements.Select(query => Create(row, text, query["query"].Text, entities) with
            {
                Answers = [.. query["answers"].Elements.Select(static answer => answer["text"].Text).Distinct()],
            }),
        ];
    }

    /// <summary>A row of the flat layout, without its answers.</summary>
    public static Row Unlabelled(JsonField row) =>
        Create(row, row["passage"].Text, row["query"].Text, row["entities"].Texts);

    private static Row Create(JsonField row, string passage, string query, IReadOnlyList<string> entities)
    {
        string text = Highlight().Replace(HighlightAfterMark().Replace(passage, "$1 "), ". ");
        Dictionary<string, string> fields = new()
        {
            ["query"] = query,
            ["entities"] = string.Join(", ", entities),
            ["passage"] = text,
        };
        return row.ToRow(fields) with { Candidates = entities };
    }

    /// <summary>The text of a span: code points from <c>start</c> to <c>end</c>, the last one included.</summary>
    private static string Entity(string text, JsonField span)
    {
        int start = span["start"].Int32, end = span["end"].Int32;
        int from = Position(text, start), to = end < start ? -1 : Position(text, (long)end + 1);
        return from >= 0 && to > from ? text[from..to] : throw span.Wrong("a span of the passage");
    }

    private static int Position(string text, long codePoints)
    {
        if (codePoints < 0) return -1;
        int at = 0;
        for (; codePoints > 0 && at < text.Length; codePoints--)
            at += at + 1 < text.Length && char.IsSurrogatePair(text, at) ? 2 : 1;
        return codePoints == 0 ? at : -1;
    }

    [GeneratedRegex(@"([.?!""'])\n@highlight\n")]
    private static partial Regex HighlightAfterMark();

    [GeneratedRegex(@"\n@highlight\n")]
    private static partial Regex Highlight();
}

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
