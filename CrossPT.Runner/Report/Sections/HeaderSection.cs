using System.Globalization;
using CrossPT.Runner.Report.Markup;
using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report.Sections;

/// <summary>What the page is about, and what must be known before the first figure.</summary>
internal static class HeaderSection
{
    public static void Write(MarkupWriter page, ReportContext context)
    {
        ResultSet set = context.Set;
        using (page.Open("header", ("class", "head")))
        {
            page.Add("p", set.Axes.Any(static axis => axis.Name == ResultMerge.AxisName) ? "Comparison" : set.Runs.Count == 1 ? "Run" : "Experiment", ("class", "over"));
            page.Add("h1", set.Title ?? set.Name);
            if (set.About is { } about) page.Add("p", about, ("class", "lede"));
            WriteFacts(page, context);
            foreach (string notice in Notices(context.Summary)) page.Add("p", notice, ("class", "notice"), ("role", "note"));
        }
    }

    private static void WriteFacts(MarkupWriter page, ReportContext context)
    {
        ResultSet set = context.Set;
        using (page.Open("dl", ("class", "facts")))
        {
            int finished = set.Runs.Count(static run => run.IsFinished);
            Fact(page, "runs", finished == set.Runs.Count ? Number(finished) : $"{Number(finished)} of {Number(set.Runs.Count)}");
            if (context.Summary.Rows.Count > 1) Fact(page, "settings", Number(context.Summary.Rows.Count));
            if (set.Axes.FirstOrDefault(static axis => axis.IsSeed) is { } seeds) Fact(page, "seeds", Number(seeds.Values.Count));
            Fact(page, "tasks", string.Join(", ", context.Summary.Tasks));
            Fact(page, "backbone", string.Join(", ", set.Runs.Select(static run => run.Record?.Model.Name).OfType<string>().Distinct()));
        }
    }

    private static IEnumerable<string> Notices(ResultSummary summary)
    {
        if (summary.Exposed.Count > 0)
        {
            yield return $"{string.Join(", ", summary.Exposed)}: {BenchmarkExposure.Note}. The first T5 checkpoints saw the training sets of GLUE and SuperGLUE "
                + "before any prompt was tuned; results on them are not few-shot results of an innocent model.";
        }
        IReadOnlyList<ResultRun> runs = summary.Set.Runs;
        int diverged = runs.Count(static run => run.Status == RunStatus.Diverged), failed = runs.Count(static run => run.Status == RunStatus.Failed);
        int unfinished = runs.Count(static run => run.Status == RunStatus.Unfinished), collapsed = runs.Count(static run => run.Collapsed);
        if (diverged + failed + unfinished > 0)
        {
            string[] parts = [.. Part(diverged, "diverged"), .. Part(failed, "failed"), .. Part(unfinished, unfinished == 1 ? "is unfinished" : "are unfinished")];
            yield return $"{string.Join(", ", parts)}: means are over the finished runs alone.";
        }
        if (collapsed > 0)
            yield return $"{Number(collapsed)} of {Number(runs.Count)} runs collapsed: on one task or more, every example gets the same answer. They count in the means.";
    }

    private static string[] Part(int count, string word) => count == 0 ? [] : [$"{Number(count)} {(count == 1 ? "run" : "runs")} {word}"];

    private static void Fact(MarkupWriter page, string name, string value)
    {
        if (value.Length == 0) return;
        using (page.Open("div"))
        {
            page.Add("dt", name);
            page.Add("dd", value);
        }
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
