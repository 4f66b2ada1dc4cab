using System.Globalization;
using CrossPT.Runner.Report.Data;
using CrossPT.Runner.Report.Markup;

namespace CrossPT.Runner.Report.Sections;

/// <summary>Some test examples and what became of them.</summary>
internal static class ExampleSection
{
    public static ReportSection? Of(ReportContext context)
    {
        (string Task, (IReadOnlyList<ExampleData> Hardest, IReadOnlyList<ExampleData> Disputed) Kinds)[] tasks =
            [.. context.Summary.Tasks.Select(task => (task, ExampleData.Of(context.Set.Runs, task))).Where(static one => one.Item2.Hardest.Count + one.Item2.Disputed.Count > 0)];
        if (tasks.Length == 0) return null;
        return new ReportSection("examples", "Examples", page =>
        {
            page.Add("p", "Chosen by rule, not by hand: of every task the test examples that fewest runs answer rightly, and those on which the runs disagree most.", ("class", "aside"));
            foreach ((string task, (IReadOnlyList<ExampleData> hardest, IReadOnlyList<ExampleData> disputed)) in tasks)
            {
                page.Add("h3", task);
                Write(page, "Rarely right", hardest);
                Write(page, "Disputed", disputed);
            }
        });
    }

    private static void Write(MarkupWriter page, string title, IReadOnlyList<ExampleData> examples)
    {
        if (examples.Count == 0) return;
        page.Add("h4", title);
        using (page.Open("ol", ("class", "examples")))
        {
            foreach (ExampleData example in examples)
            {
                using (page.Open("li"))
                {
                    page.Add("p", example.Input, ("class", "text"));
                    using (page.Open("p", ("class", "answers")))
                    {
                        page.Add("span", "right: ");
                        page.Add("b", example.Target);
                        page.Text(Invariant($" · {example.Right} of {example.Runs} runs · answered "));
                        page.Text(string.Join(", ", example.Answers.Take(4).Select(static one => Invariant($"“{one.Answer}” {one.Runs}×"))));
                    }
                }
            }
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
