namespace CrossPT.Prompting.Tasks.Reading;

/// <summary>What a row says of its answer: what it says, where, and how a message shows it.</summary>
internal readonly record struct RowLabel(string Text, string Field, string Shown);

/// <summary>A row whatever the layout it came from, before the task has looked at it.</summary>
internal sealed record DataRow(string Path, int Line, Dictionary<string, string> Fields)
{
    /// <summary>The label or score; null for a task with candidates.</summary>
    public RowLabel? Label { get; init; }

    public string? Group { get; init; }

    public IReadOnlyList<string>? Candidates { get; init; }

    public IReadOnlyList<string>? Answers { get; init; }
}
