namespace CrossPT.Runner.Experiments.Report.Tables;

/// <summary>A table of the report: in the page, as CSV and as LaTeX.</summary>
/// <param name="Name">Name of its files, without their extensions.</param>
/// <param name="Caption">What it shows.</param>
/// <param name="Headings">Of the columns.</param>
/// <param name="Rows">The rows, with as many cells each; the first cell heads its row.</param>
public sealed record ReportTable(
    string Name, string Caption, IReadOnlyList<TableHeading> Headings, IReadOnlyList<IReadOnlyList<TableCell>> Rows)
{
    /// <summary>Rows at the end that are set apart: what to compare with.</summary>
    public int Footer { get; init; }
}

/// <summary>The heading of a column.</summary>
/// <param name="Text">The heading.</param>
/// <param name="Note">A unit in small print under it; null for none.</param>
/// <param name="IsNumber">Whether the column is aligned on the right.</param>
public sealed record TableHeading(string Text, string? Note = null, bool IsNumber = false)
{
    public static implicit operator TableHeading(string text) => new(text);

    public static TableHeading Number(string text, string? note = null) => new(text, note, true);
}

/// <summary>A cell.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Note">Small print under it, mostly an interval; null for none.</param>
/// <param name="IsNumber">Whether it is aligned on the right.</param>
public sealed record TableCell(string Text, string? Note = null, bool IsNumber = false)
{
    /// <summary>The cell for a missing number.</summary>
    public static TableCell None { get; } = new("—", null, true);

    public static implicit operator TableCell(string text) => new(text);

    public static TableCell Number(string? text, string? note = null) =>
        text is null ? None : new(text, string.IsNullOrEmpty(note) ? null : note, true);
}
