namespace CrossPT.Prompting.Tasks.Reading;

/// <summary>A row's answer as the data has it.</summary>
/// <param name="Text">Its spelling.</param>
/// <param name="Field">The field it stands in.</param>
/// <param name="Shown">How a message shows it.</param>
internal readonly record struct RowLabel(string Text, string Field, string Shown);

/// <summary>A row of any layout, before the task interprets it.</summary>
internal sealed record DataRow(string Path, int Line, Dictionary<string, string> Fields)
{
    /// <summary>The label or score; null for a task with candidates.</summary>
    public RowLabel? Label { get; init; }

    public string? Group { get; init; }

    public IReadOnlyList<string>? Candidates { get; init; }

    public IReadOnlyList<string>? Answers { get; init; }
}

/// <summary>Counts what a reader passes over.</summary>
internal sealed class SkippedRows
{
    public int Blank { get; set; }

    /// <summary>Rows with too few columns, where the declaration drops those.</summary>
    public int Short { get; set; }
}
