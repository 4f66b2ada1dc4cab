using System.Globalization;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Training;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;
using CrossPT.Runner.Training;
using CrossPT.Tensors;
using CrossPT.Transformer;
using static System.FormattableString;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>
/// <c>sweep --dry-run</c>: every run with its time and memory, steps measured once for every shape of run.
/// </summary>
internal static class SweepDryRun
{
    public static int Show(CommandContext context, SweepFolder folder, SweepPlan plan, int? jobs)
    {
        SweepRun[] toDo = [.. plan.Runs.Where(run => folder.StateOf(run.Name).IsToDo)];
        int lanes = jobs ?? SweepLanes.Fit([.. toDo.Select(static run => run.Configuration)], context.Threads);
        Dictionary<string, (TrainingEstimate Estimate, long Bytes)> measured = Measure(
            context, toDo, Math.Max(1, context.Threads / Math.Max(1, lanes)));
        Cost[] costs = [.. plan.Runs.Select(run => CostOf(run, folder.StateOf(run.Name), measured))];
        double seconds = costs.Sum(static cost => cost.Seconds);
        long weights = toDo.Select(static run => run.Configuration.Model).Distinct()
            .Sum(static model => RunMemory.Weights(T5Model.ReadConfig(model)));
        long bytes = weights + costs.Select(static cost => cost.Bytes).OrderDescending().Take(lanes).Sum();
        if (context.IsJson) WriteJson(context, plan, costs, lanes, seconds, bytes);
        else
            WriteText(
                context.Console, context.Text, folder, plan, costs, toDo.Length, measured.Count, lanes, seconds, bytes);
        return ExitCode.Done;
    }

    private static Dictionary<string, (TrainingEstimate Estimate, long Bytes)> Measure(
        CommandContext context, SweepRun[] runs, int threads)
    {
        Dictionary<string, (TrainingEstimate, long)> measured = [];
        CancellationToken cancellation = context.Interruption.Token;
        using IBackend shared = context.OpenBackend();
        using WorkBar work = new(context.Console);
        using SharedModels models = new(shared, work);
        foreach (SweepRun run in runs) models.Expect(run.Configuration.Model);
        SweepCheck.Whole(context, runs, shared, models, work);
        SweepRun[] shapes = [.. runs.DistinctBy(static run => RunShape.Of(run.Configuration))];
        using ProgressBar bar = context.Console.Progress("measuring", shapes.Length, "runs");
        foreach (SweepRun run in shapes)
        {
            bar.Report(measured.Count, run.Name);
            context.Console.PlainLine($"measuring {run.Name}");
            using IBackend backend = context.OpenBackend(threads);
            using PreparedRun prepared = PreparedRun.Load(run.Configuration, backend, models);
            using ComposedRun composed = prepared.ComposeForMeasuring();
            TrainingEstimate estimate = composed.Estimate(cancellation);
            long trained = run.Configuration.TrainsModel ? 5 * RunMemory.Weights(prepared.Model.Config) : 0;
            measured.Add(RunShape.Of(run.Configuration), (estimate, trained + (estimate.ReservedBytes ?? 0)));
        }
        return measured;
    }

    private static Cost CostOf(
        SweepRun run, RunState state, Dictionary<string, (TrainingEstimate Estimate, long Bytes)> measured)
    {
        if (!state.IsToDo) return new Cost(state, 0, 0, 0);
        (TrainingEstimate estimate, long bytes) = measured[RunShape.Of(run.Configuration)];
        RunConfiguration configuration = run.Configuration;
        return new Cost(
            state, estimate.SecondsPerStep,
            (estimate.SecondsPerStep * configuration.Training.Steps) + DryRun.StageSeconds(configuration, estimate),
            bytes);
    }

    private static void WriteText(
        ConsoleOutput console, TextWriter text, SweepFolder folder, SweepPlan plan, Cost[] costs, int toDo, int shapes,
        int lanes,
        double seconds, long bytes)
    {
        TextTable table = new("run", "state", "steps", "s a step", "time", "MB");
        for (int i = 0; i < costs.Length; i++)
        {
            string state = costs[i].State.Stage.ToString().ToLowerInvariant();
            if (costs[i].State.IsToDo)
            {
                table.Add(
                    plan.Runs[i].Name, state, Invariant($"{plan.Runs[i].Configuration.Training.Steps}"),
                    Invariant($"{costs[i].SecondsPerStep:F3}"), Durations.Text(costs[i].Seconds),
                    Invariant($"{costs[i].Bytes >> 20}"));
            }
            else table.Add(plan.Runs[i].Name, state);
        }
        console.Write(table);
        text.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Plural.Of(costs.Length, "run")} in {folder.Given}, {toDo} to do; {Plural.Of(shapes, "shape")} "
                    + $"measured"));
        text.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"about {Durations.Text(seconds / lanes)} with {lanes} at a time, without loading, evaluation and "
                    + $"saving; about {bytes >> 20} MB"));
    }

    private static void WriteJson(
        CommandContext context, SweepPlan plan, Cost[] costs, int lanes, double seconds, long bytes) =>
            context.WriteJson(json =>
    {
        json.WriteString("name", plan.Name);
        json.WriteStartArray("runs");
        for (int i = 0; i < costs.Length; i++)
        {
            json.WriteStartObject();
            json.WriteString("name", plan.Runs[i].Name);
            json.WriteString("state", costs[i].State.Stage.ToString().ToLowerInvariant());
            json.WriteNumber("steps", plan.Runs[i].Configuration.Training.Steps);
            if (costs[i].State.IsToDo)
            {
                json.WriteNumber("seconds_per_step", Math.Round(costs[i].SecondsPerStep, 5));
                json.WriteNumber("seconds", Math.Round(costs[i].Seconds, 2));
                json.WriteNumber("memory_mb", costs[i].Bytes >> 20);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("jobs", lanes);
        json.WriteNumber("seconds", Math.Round(seconds / lanes, 1));
        json.WriteNumber("memory_mb", bytes >> 20);
    });

    private readonly record struct Cost(RunState State, double SecondsPerStep, double Seconds, long Bytes);
}

/// <summary>
/// What the time and memory of a step depend on: runs that differ in seeds, rates, numbers of steps and values alone
/// have one shape.
/// </summary>
internal static class RunShape
{
    // Of the section "training", what a step's work depends on.
    private static readonly string[] s_training = ["batch", "batching", "optimizer", "dropout"];

    /// <summary>A text that is the same for runs of one shape.</summary>
    public static string Of(RunConfiguration configuration)
    {
        List<string> parts = [];
        foreach ((string name, ConfigValue value) in configuration.ToValue().Members)
        {
            if (name is "seed" or "evaluation") continue;
            if (name == "training") parts.AddRange(Members(value, static (name, _) => s_training.Contains(name)));
            // A router's kinds and numbers of things, not its biases and temperatures.
            else if (name == "router") parts.AddRange(Members(value, static (_, value) => !IsFraction(value)));
            else parts.Add(ConfigJson.Text(value));
        }
        return string.Join('\n', parts);
    }

    private static IEnumerable<string> Members(ConfigValue section, Func<string, ConfigValue, bool> isPart) =>
        section.Members.Where(member => isPart(member.Name, member.Value))
            .Select(static member => $"{member.Name}={ConfigJson.Text(member.Value)}");

    private static bool IsFraction(ConfigValue value) =>
        value.Kind == ConfigKind.Number && !int.TryParse(value.Text, out _);
}
