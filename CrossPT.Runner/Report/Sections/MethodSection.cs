using System.Globalization;
using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report.Sections;

/// <summary>How the figures came about.</summary>
internal static class MethodSection
{
    private static readonly string[] s_paragraphs =
    [
        "Every task is measured by its first metric, on the test examples that its run's configuration names, in the one way that it says. Nothing is the best of several evaluations.",
        string.Create(CultureInfo.InvariantCulture,
            $"Intervals hold 95 % of {Resampling.Draws} bootstrap draws. In each draw the test examples are drawn again with repetition, the same ones for all runs that were measured on the same examples, and then the seeds. With one seed, an interval is over the examples alone and says nothing of another seed."),
        "Differences are paired: a run less the run of the baseline that has its seed and its other settings, on the same draws. Intervals are not corrected for the number of comparisons.",
        "± is the standard deviation over seeds (n − 1). Means are over finished runs; runs that diverged or failed are counted beside them, and collapsed ones, which give every example of a task the same answer, are in them.",
    ];

    public static ReportSection Of() => new("method", "How these figures came about", static page =>
    {
        foreach (string paragraph in s_paragraphs) page.Add("p", paragraph);
    });
}
