using System.Text.Json;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Language;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Training;
using CrossPT.Runner.Consoles;
using static System.FormattableString;

namespace CrossPT.Runner.Demo;

/// <summary>
/// The methods over draws of sources and starts, crossed with draws of examples: how far a comparison holds for other
/// sources than those that were tuned once.
/// </summary>
/// <param name="fleet">What runs the methods.</param>
/// <param name="sourceSeeds">A draws of sources and starts.</param>
/// <param name="exampleSeeds">B draws of the targets' examples.</param>
/// <param name="mostSteps">Steps of a source or a method at most.</param>
/// <param name="testExamples">Test examples of a target at most.</param>
internal sealed class DemoStudy(
    DemoFleet fleet, IReadOnlyList<int> sourceSeeds, IReadOnlyList<int> exampleSeeds, int mostSteps = int.MaxValue,
    int testExamples = DemoTask.TestExamples)
{
    private readonly Dictionary<(string Method, string Group), double[,]> _cells = [];
    private readonly List<string> _groups = [];
    private readonly List<DemoMethod> _methods = [];

    /// <summary>The demo's targets, and its known skills with label words unlike the sources'.</summary>
    /// <param name="report">Told the means of each method over the draws of examples.</param>
    /// <param name="cancellation">Stops between steps.</param>
    public void RunDemo(Action<string> report, CancellationToken cancellation)
    {
        foreach (int seed in sourceSeeds)
        {
            DemoSources sources = TrainSources(
                fleet.World.Language.Sources, DemoSources.Steps, seed, cancellation);
            LanguageTarget[] all = [.. fleet.World.Language.Targets];
            Run(
                seed, sources, all, DemoMethods.Compared, report, cancellation,
                ("known skills", One), ("two skills", Two), ("no relative", None), ("all eight", static _ => true));
            Run(
                seed, sources,
                [.. all.Where(One).Select(static one => one with { Task = one.Task.WithUnlikeLabels() })],
                DemoMethods.Compared, report, cancellation, ("unlike labels", static _ => true));
        }
    }

    /// <summary>Sources of unequal quality, a misleading one, four of six, and a target of three skills.</summary>
    /// <param name="report">Told the means of each method over the draws of examples.</param>
    /// <param name="cancellation">Stops between steps.</param>
    public void RunOtherWorlds(Action<string> report, CancellationToken cancellation)
    {
        InventedLanguage language = fleet.World.Language;
        LanguageTarget[] known = [.. language.Targets.Where(One)];
        foreach (int seed in sourceSeeds)
        {
            DemoSources sources = Train(language.Sources, DemoSources.Steps);
            DemoSources middle = Train(language.Sources, 200), worst = Train(language.Sources, 50);
            DemoSources[] qualities = [sources, middle, worst];
            Run(
                seed, Of([.. sources.Prompts.Select((_, i) => qualities[i % 3].Prompts[i])]), known,
                DemoMethods.ComparedToSpot, report, cancellation, ("unequal sources", static _ => true));
            LanguageTask swapped = language.Sources[0];
            swapped = swapped with { Labels = new LabelWords(swapped.Labels.No, swapped.Labels.Yes) };
            SourcePrompt wrong = Train([swapped], DemoSources.Steps).Prompts[0];
            SourcePrompt misleading = new("misleading", wrong.Rows.ToArray(), wrong.Width);
            Run(
                seed, Of([.. sources.Prompts, misleading]), known, DemoMethods.ComparedToSpot, report, cancellation,
                ("misleading source", static _ => true));
            Run(
                seed, Of([.. sources.Prompts.Take(4)]), known, DemoMethods.ComparedToSpot, report, cancellation,
                ("four sources", static _ => true));
            Run(
                seed, sources, [ThreeSkills(language)], DemoMethods.ComparedToSpot, report, cancellation,
                ("three skills", static _ => true));

            DemoSources Train(IReadOnlyList<LanguageTask> tasks, int steps) =>
                TrainSources(tasks, steps, seed, cancellation);
        }
    }

    /// <summary>Means over all draws.</summary>
    public TextTable Means()
    {
        TextTable table = new(["method", "steps", .. _groups]);
        foreach (DemoMethod method in _methods)
        {
            string steps = method.TrialSteps == 0
                ? Invariant($"{method.Steps}")
                : Invariant($"{method.TrialSteps} + {method.Steps}");
            table.Add(
                [method.Title, steps, .. _groups.Select(group => Mean(method.Key, group))]);
        }
        return table;
    }

    /// <summary>CrossPT from trials less every other method, paired, with intervals over both kinds of draws.</summary>
    public TextTable Differences()
    {
        TextTable table = new(["CrossPT, from trials, less", .. _groups]);
        foreach (DemoMethod method in _methods.Where(static method => method.Key != DemoMethods.TrialsKey))
            table.Add([method.Title, .. _groups.Select(group => Difference(method.Key, group))]);
        return table;
    }

    /// <summary>Writes every cell: group, method, draws of sources, draws of examples.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        WriteArray("source_seeds", sourceSeeds);
        WriteArray("example_seeds", exampleSeeds);
        json.WriteStartObject("accuracy");
        foreach (string group in _groups)
        {
            json.WriteStartObject(group);
            foreach (DemoMethod method in _methods)
            {
                if (!_cells.TryGetValue((method.Key, group), out double[,]? cells)) continue;
                json.WriteStartArray(method.Key);
                foreach (double value in cells) json.WriteNumberValue(Math.Round(value, 3));
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();

        void WriteArray(string name, IReadOnlyList<int> values)
        {
            json.WriteStartArray(name);
            foreach (int value in values) json.WriteNumberValue(value);
            json.WriteEndArray();
        }
    }

    private DemoSources TrainSources(
        IReadOnlyList<LanguageTask> tasks, int steps, int seed, CancellationToken cancellation) =>
        fleet.TrainSources(tasks, Math.Min(steps, mostSteps), (ulong)seed, static _ => { }, cancellation);

    private void Run(
        int seed, DemoSources sources, LanguageTarget[] targets, IReadOnlyList<DemoMethod> methods,
        Action<string> report, CancellationToken cancellation,
        params ReadOnlySpan<(string Name, Func<LanguageTarget, bool> Has)> groups)
    {
        DemoTask[] tasks =
        [
            .. DemoTask.Create(fleet.World, targets, exampleSeeds, development: false)
                .Select(task => task with { Test = [.. task.Test.Take(testExamples)] }),
        ];
        DemoFleet.DemoRuns runs = fleet.Prepare(sources, tasks, (ulong)seed, cancellation);
        foreach (DemoMethod whole in methods)
        {
            DemoMethod method = whole with { Steps = Math.Min(whole.Steps, mostSteps) };
            DemoOutcome outcome = runs.Run(method);
            if (!_methods.Contains(method)) _methods.Add(method);
            List<string> means = [];
            foreach ((string name, Func<LanguageTarget, bool> has) in groups)
            {
                if (!_groups.Contains(name)) _groups.Add(name);
                for (int draw = 0; draw < exampleSeeds.Count; draw++)
                {
                    Cells(method.Key, name)[Place(seed), draw] = 100 * Enumerable.Range(0, tasks.Length)
                        .Where(i => tasks[i].Seed == exampleSeeds[draw] && has(tasks[i].Target))
                        .Average(i => outcome.Accuracies[i]);
                }
                double mean = Enumerable.Range(0, exampleSeeds.Count)
                    .Average(draw => Cells(method.Key, name)[Place(seed), draw]);
                means.Add(Invariant($"{name} {mean:F1}"));
            }
            report(Invariant($"sources {seed}, {method.Title}: {string.Join(", ", means)}"));
        }
    }

    private int Place(int seed) => sourceSeeds.ToList().IndexOf(seed);

    private double[,] Cells(string method, string group)
    {
        if (_cells.TryGetValue((method, group), out double[,]? cells)) return cells;
        return _cells[(method, group)] = new double[sourceSeeds.Count, exampleSeeds.Count];
    }

    private string Mean(string method, string group) => _cells.TryGetValue((method, group), out double[,]? cells)
        ? Invariant($"{cells.Cast<double>().Average():F1}")
        : "";

    private string Difference(string method, string group)
    {
        if (!_cells.TryGetValue((method, group), out double[,]? other)) return "";
        double[,] own = _cells[(DemoMethods.TrialsKey, group)];
        double[,] differences = new double[own.GetLength(0), own.GetLength(1)];
        for (int i = 0; i < own.GetLength(0); i++)
        {
            for (int j = 0; j < own.GetLength(1); j++) differences[i, j] = own[i, j] - other[i, j];
        }
        (double mean, double low, double high) = SampleStatistics.CrossedInterval(differences);
        return Invariant($"{mean:+0.0;-0.0;0.0} [{low:+0.0;-0.0;0.0}, {high:+0.0;-0.0;0.0}]");
    }

    private static bool One(LanguageTarget target) => target.Relatives.Count == 1;

    private static bool Two(LanguageTarget target) => target.Relatives.Count > 1;

    private static bool None(LanguageTarget target) => target.Relatives.Count == 0;

    private static DemoSources Of(SourcePrompt[] prompts) => new(prompts, [], 0);

    private static LanguageTarget ThreeSkills(InventedLanguage language)
    {
        Skill[] skills = [Skill.Sentiment, Skill.Acceptability, Skill.Number];
        LanguageTask task = InventedLanguage.TaskOf("three-skills", skills, language.Lexicon.Domains[3]);
        return new LanguageTarget(task, [.. skills.Select(static skill => skill.NameOf())]);
    }
}
