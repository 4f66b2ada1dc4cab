using CrossPT.Runner.Report.Markup;

namespace CrossPT.Runner.Report;

/// <summary>A section of the page.</summary>
/// <param name="Id">What links call it.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Write">Writes what stands under the heading.</param>
internal sealed record ReportSection(string Id, string Title, Action<MarkupWriter> Write);
