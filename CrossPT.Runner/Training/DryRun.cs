using System.Globalization;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Runner.Training;

/// <summary><c>train --dry-run</c>: what would be trained on what, and what it costs on this machine.</summary>
internal static class DryRun
{
    private const int Examples = 2;

    public static int Show(CommandContext context, PreparedRun prepared)
    {
        RunConfiguration configuration = prepared.Configuration;
        ITokenizer tokenizer = prepared.Tokenizer;
        using ComposedRun run = prepared.ComposeForMeasuring();
        TrainingEstimate estimate = run.Estimate(context.Interruption.Token);
        int first = StageSteps(configuration);
        double stage = StageSeconds(configuration, estimate);
        if (context.IsJson)
        {
            context.WriteJson(json =>
            {
                json.WriteString("method", configuration.Method.Name);
                json.WriteNumber("trainable_numbers", run.TrainableNumbers);
                json.WriteNumber("prompt_rows", run.Prompts.Length);
                json.WriteNumber("steps", configuration.Training.Steps);
                json.WriteNumber("steps_tuned_first", first);
                json.WriteNumber("seconds_per_step", Math.Round(estimate.SecondsPerStep, 4));
                json.WriteNumber("seconds_longest_step", Math.Round(estimate.LongestStepSeconds, 4));
                json.WriteNumber("seconds", Math.Round(estimate.TotalSeconds + stage, 1));
                json.WriteNumber("peak_rss_mb", Math.Round(estimate.PeakBytes / (double)(1 << 20), 1));
                json.WriteStartArray("tasks");
                foreach (TaskDeclaration task in run.Tasks.Select(static task => task.Codec.Task)) task.Write(json);
                json.WriteEndArray();
                json.WriteStartArray("data");
                foreach (RunTask task in run.Tasks) task.Check?.Write(json);
                json.WriteEndArray();
                json.WriteStartArray("examples");
                foreach ((RunTask task, EncodedExample example) in Pick(run))
                {
                    json.WriteStartObject();
                    json.WriteString("task", task.Codec.Task.Name);
                    json.WriteString("text", tokenizer.Decode(example.Source));
                    WritePieces("pieces", example.Source);
                    WritePieces("label_pieces", task.Codec.LabelIds[example.Label]);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                RunMetrics.WriteWarnings(json, [.. prepared.Model.Warnings, .. prepared.Warnings]);

                void WritePieces(string name, int[] ids)
                {
                    json.WriteStartArray(name);
                    foreach (string piece in Pieces(tokenizer, ids)) json.WriteStringValue(piece);
                    json.WriteEndArray();
                }
            });
            return ExitCode.Done;
        }
        TextWriter text = context.Text;
        bool isBefore = configuration.Prompt.Position == PromptPosition.Before;
        string before = isBefore ? $"[{run.Prompts.Length} prompt rows] " : "";
        string after = isBefore ? "" : $" [{run.Prompts.Length} prompt rows]";
        foreach ((RunTask task, EncodedExample example) in Pick(run))
        {
            text.WriteLine($"{task.Codec.Task.Name}");
            text.WriteLine($"  text    {tokenizer.Decode(example.Source)}");
            text.WriteLine($"  pieces  {before}{string.Join(' ', Pieces(tokenizer, example.Source))}{after}");
            text.WriteLine($"  label   {string.Join(' ', Pieces(tokenizer, task.Codec.LabelIds[example.Label]))}");
        }
        foreach (RunTask task in run.Tasks)
        {
            text.WriteLine($"task      {Describe(task.Codec.Task)}");
            if (task.Check is not { } check) continue;
            text.WriteLine($"  data    {string.Join(", ", check.Files.Distinct().Select(Shorter))}");
            text.WriteLine($"  rows    {check.DescribeRows()}");
            text.WriteLine($"  tokens  {check.DescribeTokens()}");
        }
        text.WriteLine(Invariant($"method    {configuration.Method.Name}: {configuration.Method.Title}"));
        string tunedFirst = first > 0 ? $", and {Plural.Of(first, "step")} of prompts that are tuned first" : "";
        string steps = Plural.Of(configuration.Training.Steps, "step");
        text.WriteLine(Invariant($"trains    {run.TrainableNumbers:N0} numbers, {steps}{tunedFirst}"));
        string longest = Invariant($"({estimate.LongestStepSeconds:F3} s the longest)");
        string total = Duration(estimate.TotalSeconds + stage);
        text.WriteLine(Invariant($"time      {estimate.SecondsPerStep:F3} s a step {longest}, about {total} in all"));
        text.WriteLine(Invariant($"memory    {estimate.PeakBytes / (double)(1 << 20):F0} MB resident at most"));
        return ExitCode.Done;
    }

    /// <summary>Steps of prompts that are tuned first.</summary>
    public static int StageSteps(RunConfiguration configuration) =>
        configuration.Sources.Where(static source => source.Origin == SourceOrigin.Trained).Sum(
            source => source.Steps ?? configuration.Training.Steps)
        + (configuration.Prompt.Private.Start.Kind == Prompting.Prompts.PromptStart.Tuned
            ? configuration.Tasks.Count * configuration.Training.Steps : 0);

    /// <summary>
    /// Their time, a step being of one task, where one of the run may be of all; and that of trials, of all tasks.
    /// </summary>
    public static double StageSeconds(RunConfiguration configuration, TrainingEstimate estimate)
    {
        double ofOneTask = configuration.Training.Batching == Batching.Mixed ? 1 : 1.0 / configuration.Tasks.Count;
        int trials = configuration.Router.Start == RouterStart.Trials
            ? SourceTrials.StepsOf(configuration.Sources.Count, configuration.Training.Steps)
            : 0;
        return ((StageSteps(configuration) * ofOneTask) + trials) * estimate.SecondsPerStep;
    }

    private static string Describe(TaskDeclaration task)
    {
        string labels = task.Scale is { } scale
            ? Invariant($"scores {scale.Minimum} to {scale.Maximum}")
            : task.CandidatesField is { } candidates
                ? $"candidates {candidates}"
                : $"labels {string.Join(", ", task.Labels.Select(Show))}";
        string metrics = string.Join(", ", task.Metrics.Select(TaskMetrics.NameOf));
        return $"{task.Name}: fields {string.Join(", ", task.Fields)}; {labels}; metrics {metrics}";

        static string Show(TaskLabel label) => label.Value == label.Word ? label.Word : $"{label.Value}={label.Word}";
    }

    /// <summary>A path as it is, or from the current folder where that is shorter.</summary>
    private static string Shorter(string path)
    {
        string relative = Path.GetRelativePath(".", path);
        return relative.Length < path.Length ? relative : path;
    }

    private static IEnumerable<(RunTask Task, EncodedExample Example)> Pick(ComposedRun run) =>
        run.Tasks.SelectMany(static task => task.Training.Take(Examples).Select(example => (task, example)));

    private static IEnumerable<string> Pieces(ITokenizer tokenizer, int[] ids) => ids.Select(tokenizer.IdToPiece);

    private static string Duration(double seconds) => seconds < 90 ? Invariant($"{seconds:F0} s") : seconds < 5400
        ? Invariant($"{seconds / 60:F0} min") : Invariant($"{seconds / 3600:F1} h");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
