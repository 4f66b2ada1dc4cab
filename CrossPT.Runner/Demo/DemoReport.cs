using System.Text.Json;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Routing;
using CrossPT.Runner.Consoles;
using CrossPT.Runner.Experiments.Report.Figures;
using static System.FormattableString;

namespace CrossPT.Runner.Demo;

/// <summary>Tables, pictures and JSON of what the methods came to.</summary>
/// <param name="tasks">The tasks, target after target, each with all seeds.</param>
/// <param name="outcomes">The methods, prompt tuning first.</param>
internal sealed class DemoReport(DemoTask[] tasks, IReadOnlyList<DemoOutcome> outcomes)
{
    private static readonly Func<DemoTask, bool> s_skill = static task => task.Target is { Relatives.Count: 1 };
    private static readonly Func<DemoTask, bool> s_two = static task => task.Target.Relatives.Count > 1;
    private static readonly Func<DemoTask, bool> s_alone = static task => task.Target.Relatives.Count == 0;

    private readonly int[] _seeds = [.. tasks.Select(static task => task.Seed).Distinct()];

    /// <summary>
    /// The table of means: accuracy in percent, ± its standard deviation over seeds, and the paired difference to
    /// prompt tuning.
    /// </summary>
    public TextTable Table()
    {
        TextTable table = new(
            "method", "known skills", "Δ vs PT", "two skills", "no relative", "collapsed", "trained", "steps", "rates");
        DemoOutcome plain = outcomes[0];
        foreach (DemoOutcome outcome in outcomes)
        {
            double[] own = BySeed(outcome, s_skill);
            double[] differences = [.. own.Zip(BySeed(plain, s_skill), static (a, b) => a - b)];
            (double low, double high) = SampleStatistics.BootstrapInterval(differences);
            table.Add(
                outcome.Method.Title, Spread(own),
                ReferenceEquals(outcome, plain)
                    ? ""
                    : Invariant($"{differences.Average():+0.0;-0.0;0.0} [{low:+0.0;-0.0;0.0}, {high:+0.0;-0.0;0.0}]"),
                Spread(BySeed(outcome, s_two)), Spread(BySeed(outcome, s_alone)),
                outcome.Collapsed == 0 ? "" : Invariant($"{outcome.Collapsed} of {tasks.Length}"),
                Invariant($"{outcome.TrainedNumbers:F0}"), StepsOf(outcome.Method), Rates(outcome.Method));
        }
        return table;
    }

    /// <summary>One line a router: how often its largest weight is on a relative, after training and before.</summary>
    public IEnumerable<string> Routers(int[] best, IReadOnlyList<string> sources)
    {
        double chance = 100 * Related().Average(i => tasks[i].Target.Relatives.Count / (double)sources.Count);
        double before = 100 * Related().Average(i => tasks[i].Target.Relatives.Contains(sources[best[i]]) ? 1.0 : 0);
        foreach (DemoOutcome outcome in outcomes.Where(static outcome => outcome.Router is not null))
        {
            string start = outcome.Method.Router.Start switch
            {
                RouterStart.Evidence => Invariant($"{before:F0} % by the losses alone, before any training"),
                RouterStart.Trials => "by the trials",
                _ => "all alike before training",
            };
            yield return $"{outcome.Method.Title}: the top source is a relative in "
                + Invariant(
                    $"{100 * TopRate(outcome.Router!):F0} % of (task, seed) pairs ({start}; chance {chance:F0} %)");
        }
    }

    /// <summary>The router's weights, the mean over seeds, as shades.</summary>
    public TextTable Map(RouterTable router) => HeatMap.Of(Targets, router.Columns, MeanWeights(router));

    /// <summary>The same as a picture.</summary>
    public FigureGroup Picture(RouterTable router, string title)
    {
        double[][] means = MeanWeights(router);
        double?[,] values = new double?[means.Length, router.Columns.Count];
        for (int row = 0; row < means.Length; row++)
        {
            for (int column = 0; column < router.Columns.Count; column++) values[row, column] = means[row][column];
        }
        MatrixPlot plot = new()
        {
            Title = title,
            Description = $"{title}: rows are targets, columns are sources.",
            Rows = Targets,
            Columns = router.Columns,
            Values = values,
            Format = static value => Invariant($"{value:0.00}"),
            LabelWidth = 300,
        };
        return new FigureGroup("router", title, "", [plot]);
    }

    /// <summary>Writes the members <c>methods</c>.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartArray("methods");
        foreach (DemoOutcome outcome in outcomes)
        {
            json.WriteStartObject();
            json.WriteString("method", outcome.Method.Key);
            json.WriteString("title", outcome.Method.Title);
            json.WriteNumber("steps", outcome.Method.Steps);
            json.WriteNumber("trial_steps", outcome.Method.TrialSteps);
            json.WriteNumber("learning_rate_private", outcome.Method.Trials[0].Private);
            json.WriteNumber("learning_rate_router", outcome.Method.Trials[0].Router);
            json.WriteNumber("trained_numbers_per_task", outcome.TrainedNumbers);
            json.WriteNumber("stored_numbers_per_task", outcome.StoredNumbers);
            json.WriteNumber("seconds", Math.Round(outcome.Seconds, 2));
            json.WriteNumber("collapsed", outcome.Collapsed);
            json.WriteNumber("known_skills_mean", BySeed(outcome, s_skill).Average());
            json.WriteNumber(
                "known_skills_less_pt",
                BySeed(outcome, s_skill).Zip(BySeed(outcomes[0], s_skill), static (a, b) => a - b).Average());
            json.WriteNumber("two_skills_mean", BySeed(outcome, s_two).DefaultIfEmpty(0).Average());
            json.WriteNumber("no_relative_mean", BySeed(outcome, s_alone).DefaultIfEmpty(0).Average());
            if (outcome.Router is { } router) json.WriteNumber("top_source_is_relative", TopRate(router));
            json.WriteStartObject("accuracy");
            for (int i = 0; i < tasks.Length; i++)
                json.WriteNumber(tasks[i].Name, Math.Round(outcome.Accuracies[i], 6));
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>Share of tasks with a relative whose largest weight is on one.</summary>
    public double TopRate(RouterTable router) => Related().Average(i =>
    {
        double[] weights = router.Weights[i];
        return tasks[i].Target.Relatives.Contains(router.Columns[Array.IndexOf(weights, weights.Max())]) ? 1.0 : 0;
    });

    /// <summary>Mean accuracy in percent over some targets, seed by seed.</summary>
    public double[] BySeed(DemoOutcome outcome, Func<DemoTask, bool> which) => !tasks.Any(which)
        ? []
        : [
            .. _seeds.Select(
                seed => 100 * Places(task => task.Seed == seed && which(task)).Average(i => outcome.Accuracies[i]))];

    /// <summary>The same over the targets that have one relative.</summary>
    public double[] KnownSkills(DemoOutcome outcome) => BySeed(outcome, s_skill);

    private static string StepsOf(DemoMethod method) => method.TrialSteps == 0
        ? Invariant($"{method.Steps}")
        : Invariant($"{method.TrialSteps} + {method.Steps}");

    private static string Rates(DemoMethod method)
    {
        (double own, double router) = method.Trials[0];
        if (method.Steps == 0) return "";
        return router == 0 ? Invariant($"{own}") : Invariant($"{own}, {router}");
    }

    private string[] Targets => [.. tasks.Select(static task => task.Target.Task.Name).Distinct()];

    private double[][] MeanWeights(RouterTable router)
    {
        int[] columns = [.. Enumerable.Range(0, router.Columns.Count)];
        return Array.ConvertAll(Targets, target =>
        {
            int[] places = [.. Places(task => task.Target.Task.Name == target)];
            return Array.ConvertAll(columns, column => places.Average(i => router.Weights[i][column]));
        });
    }

    private IEnumerable<int> Related() => Places(static task => task.Target.Relatives.Count > 0);

    private IEnumerable<int> Places(Func<DemoTask, bool> which) =>
        Enumerable.Range(0, tasks.Length).Where(i => which(tasks[i]));

    private static string Spread(double[] values)
    {
        if (values.Length == 0) return "";
        SampleStatistics statistics = SampleStatistics.Of(values);
        return Invariant($"{statistics.Mean:F1} ± {statistics.StandardDeviation:F1}");
    }
}
