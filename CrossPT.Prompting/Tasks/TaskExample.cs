namespace CrossPT.Prompting.Tasks;

/// <summary>A row of a task: its text and its answer.</summary>
/// <param name="Text">The fields as the template puts them.</param>
/// <param name="Label">Place of the label in <see cref="TaskDeclaration.Labels"/>, or of a right answer in <see
/// cref="Candidates"/>.</param>
public sealed record TaskExample(string Text, int Label)
{
    /// <summary>
    /// Where the template's own text stands in <see cref="Text"/>: special pieces are found there alone.
    /// </summary>
    public IReadOnlyList<Range> Literals { get; init; } = [];

    /// <summary>The score as the data has it, before rounding to a label; null where the task has no scores.</summary>
    public double? Score { get; init; }

    /// <summary>What the row shares with others of one question; null where it stands alone.</summary>
    public string? Group { get; init; }

    /// <summary>The answers offered; null where the task has labels.</summary>
    public IReadOnlyList<string>? Candidates { get; init; }

    /// <summary>The right answers, any of which will do; null where the task has labels.</summary>
    public IReadOnlyList<string>? Answers { get; init; }

    /// <summary>Whether two rows say the same, wherever their text comes from.</summary>
    public bool Equals(TaskExample? other) =>
        other is not null && (Text, Label, Score, Group) == (other.Text, other.Label, other.Score, other.Group)
        && Candidates == other.Candidates && Answers == other.Answers;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Text, Label);
}

/// <summary>The rows of a file and what was left out of them.</summary>
/// <param name="File">The file.</param>
/// <param name="Examples">The rows.</param>
/// <param name="ShortRows">Rows dropped for too few columns.</param>
/// <param name="DroppedLabels">Rows dropped for a label that the task leaves out.</param>
public sealed record TaskRows(string File, IReadOnlyList<TaskExample> Examples, int ShortRows, int DroppedLabels)
{
    /// <summary>Blank lines passed over.</summary>
    public int BlankLines { get; init; }

    /// <summary>Rows with a field that is empty or white space.</summary>
    public int EmptyRows { get; init; }

    /// <summary>Line of the first of them.</summary>
    public int FirstEmptyLine { get; init; }
}

/// <summary>An example as a model reads it.</summary>
/// <param name="Source">Token ids of the text, end of sequence included, without the prompt.</param>
/// <param name="Target">Token ids of the right label word or of a right candidate, end of sequence included.</param>
/// <param name="Label">Place of the right label, or of a right candidate.</param>
public sealed record EncodedExample(int[] Source, int[] Target, int Label)
{
    /// <summary>Token ids of each candidate, end of sequence included; null where the task has labels.</summary>
    public IReadOnlyList<int[]>? Candidates { get; init; }

    /// <summary>The row it comes from: its score, answers and question, which metrics ask for.</summary>
    public TaskExample? Example { get; init; }
}
