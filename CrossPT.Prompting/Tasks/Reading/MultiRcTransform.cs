using System.Globalization;

namespace CrossPT.Prompting.Tasks.Reading;

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
