namespace CrossPT.Runner.Report.Tables;

/// <summary>A cell: a text, and under it in small print what belongs to it.</summary>
/// <param name="Text">The text.</param>
/// <param name="Note">An interval, mostly; null for none.</param>
/// <param name="IsNumber">Whether it is set like a number.</param>
internal sealed record TableCell(string Text, string? Note = null, bool IsNumber = false)
{
    /// <summary>What stands where there is nothing.</summary>
    public static TableCell None { get; } = new("—", null, true);

    public static implicit operator TableCell(string text) => new(text);

    public static TableCell Number(string text, string? note = null) => new(text, string.IsNullOrEmpty(note) ? null : note, true);
}
