namespace CrossPT.Runner.Report.Tables;

/// <summary>A table of the report: in the page, as CSV, as LaTeX.</summary>
/// <param name="Name">Name of its files, without their endings.</param>
/// <param name="Caption">What it shows.</param>
/// <param name="Headings">Of the columns; of a number, set to the right.</param>
/// <param name="Rows">The rows, with as many cells; the first is what the row is about.</param>
internal sealed record ReportTable(string Name, string Caption, IReadOnlyList<TableHeading> Headings, IReadOnlyList<IReadOnlyList<TableCell>> Rows)
{
    /// <summary>Rows at the end that are set apart: what to compare with.</summary>
    public int Footer { get; init; }
}

/// <summary>The heading of a column.</summary>
/// <param name="Text">The heading.</param>
/// <param name="Note">Under it in small print: a unit.</param>
/// <param name="IsNumber">Whether the column is one of numbers.</param>
internal sealed record TableHeading(string Text, string? Note = null, bool IsNumber = false)
{
    public static implicit operator TableHeading(string text) => new(text);
}
