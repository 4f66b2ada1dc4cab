using System.Text.RegularExpressions;

namespace CrossPT.Prompting.Tasks.Reading;

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
