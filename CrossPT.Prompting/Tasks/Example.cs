using CrossPT.Prompting.Tasks.Reading;

namespace CrossPT.Prompting.Tasks;

/// <summary>A row as its task reads it: one text and its answer.</summary>
/// <param name="Text">The fields as the template joins them.</param>
/// <param name="Label">
/// Place of the label in <see cref="TaskDeclaration.Labels"/>, or of a right answer in <see cref="Candidates"/>.
/// </param>
public sealed record Example(string Text, int Label)
{
    /// <summary>
    /// Where the template's own text stands in <see cref="Text"/>: special pieces are found there alone.
    /// </summary>
    public IReadOnlyList<Range> Literals { get; init; } = [];

    /// <summary>The score as the data has it, before rounding to a label; null where the task has no scores.</summary>
    public double? Score { get; init; }

    /// <summary>Key shared by the rows of one question; null where the row stands alone.</summary>
    public string? Group { get; init; }

    /// <summary>The answers offered; null where the task has labels.</summary>
    public IReadOnlyList<string>? Candidates { get; init; }

    /// <summary>The right answers, any of which will do; null where the task has labels.</summary>
    public IReadOnlyList<string>? Answers { get; init; }

    /// <summary>An example whose answer is to be predicted; its label is 0.</summary>
    /// <param name="task">The task.</param>
    /// <param name="row">The row.</param>
    /// <param name="place">Place of the row among those of a call, for messages.</param>
    /// <exception cref="ArgumentException">
    /// A field is missing, or candidates are, or candidates are offered where the task has labels.
    /// </exception>
    public static Example Of(TaskDeclaration task, Row row, int place = 0)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(row);
        bool offers = task.Kind == TaskKind.Candidates;
        if (offers != row.Candidates is { Count: > 0 })
        {
            string expected = offers ? "one or more" : $"none, for the task '{task.Name}' has labels";
            throw new ArgumentException(
                $"row {place} has {row.Candidates?.Count ?? 0} candidates, expected {expected}");
        }
        return Format(task, row) with { Candidates = row.Candidates };
    }

    /// <summary>An example with the answer of its row.</summary>
    /// <param name="task">The task.</param>
    /// <param name="row">The row.</param>
    /// <param name="labels">The task's labels by their spelling in the row's file.</param>
    /// <exception cref="TaskDataException">
    /// The task has no such label or score, or none of the right answers is a candidate.
    /// </exception>
    internal static Example Labelled(TaskDeclaration task, Row row, LabelNames labels)
    {
        Example example = Format(task, row) with { Group = row.Group };
        if (task.Kind == TaskKind.Candidates)
        {
            return example with
            {
                Label = PlaceOfAnswer(row),
                Candidates = row.Candidates,
                Answers = row.Answers,
            };
        }
        RowLabel label = row.Label!.Value;
        if (task.Scale is { } scale)
        {
            return TaskScale.Parse(label.Text) is { } score && score >= scale.Minimum && score <= scale.Maximum
                ? example with { Label = scale.PlaceOf(score), Score = score }
                : throw Wrong(row, label, FormattableString.Invariant(
                    $"a score from {scale.Minimum} to {scale.Maximum}"));
        }
        int place = labels.Find(label.Text);
        if (place >= 0) return example with { Label = place };
        string known = string.Join(", ", task.Labels.Select(static one => one.Value));
        throw Wrong(row, label, $"a label of the task '{task.Name}': {known}");
    }

    /// <summary>Equality of text and answer, wherever the text comes from.</summary>
    public bool Equals(Example? other) =>
        other is not null && (Text, Label, Score, Group) == (other.Text, other.Label, other.Score, other.Group)
        && Candidates == other.Candidates && Answers == other.Answers;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Text, Label);

    private static Example Format(TaskDeclaration task, Row row)
    {
        string text = task.Format(row.Fields, out IReadOnlyList<Range> literals);
        return new Example(text, 0) { Literals = literals };
    }

    private static int PlaceOfAnswer(Row row)
    {
        IReadOnlyList<string> candidates = row.Candidates!, answers = row.Answers!;
        for (int i = 0; i < candidates.Count; i++)
        {
            if (answers.Contains(candidates[i])) return i;
        }
        throw new TaskDataException(
            row.File, row.Line,
            $"none of the {answers.Count} right answers is among the {candidates.Count} candidates, "
            + "expected one of them to be");
    }

    private static TaskDataException Wrong(Row row, RowLabel label, string expected) =>
        new(row.File, row.Line, $"\"{label.Field}\" is {label.Shown}, expected {expected}");
}
