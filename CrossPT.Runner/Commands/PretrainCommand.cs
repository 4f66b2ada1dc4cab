using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CrossPT.Prompting.Language;
using CrossPT.Prompting.Pretraining;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;
using CrossPT.Tensors;
using static System.FormattableString;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt pretrain</c>: trains all weights of a small T5.</summary>
internal static class PretrainCommand
{
    private const int MostProgressLines = 100;

    private static readonly Argument<string> s_configuration =
        Options.Argument("CONFIG", "configuration: JSON, comments allowed");
    private static readonly Option<string[]> s_set = Options.Texts(
        "--set", "PATH=VALUE",
        "overrides a setting: training.steps=40, model.d_model=64; may be repeated");
    private static readonly Option<string> s_out =
        Options.Text("--out", "DIR", "the model folder, which must not exist yet").Required();
    private static readonly Option<bool> s_resume =
        Options.Flag("--resume", "continues from the folder's checkpoint; the result is the same to the last bit");

    public static CommandDefinition Define() => new()
    {
        Arguments = [s_configuration],
        Options = [s_set, s_out, s_resume],
        Notes = "The mixture is text files with spans taken out (corpus), your own tasks (tasks), and the "
            + "built-in language (language). The folder gets config.json, model.safetensors, the tokenizer, "
            + "pretrain.json, history.jsonl, checkpoint and, with the language, metrics.json.",
        Example = "pretrain pretrain.json --out tiny-t5",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        PretrainingConfiguration configuration =
            PretrainingConfiguration.Load(context.Value(s_configuration), context.FindAll(s_set));
        string output = context.Value(s_out);
        PretrainingFolder? folder = context.Has(s_resume) ? PretrainingFolder.Open(output, configuration) : null;
        if (folder is null) PretrainingFolder.CheckNew(output);
        using IBackend backend = context.OpenBackend();
        using PretrainingRun run = Prepare(context, configuration, backend);
        if (folder is not null) run.Resume(folder);
        else
        {
            folder = PretrainingFolder.Create(output);
            run.Begin(folder);
        }
        context.Note(Invariant($"{run.TrainableNumbers:N0} weights, {run.Tokenizer.VocabularySize} pieces"));
        context.Note(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{configuration.Training.Steps} steps of {configuration.Training.Batch} examples, {run.StepsDone} "
                    + $"of them done"));
        Totals totals = Train(context, configuration, run, folder);
        run.SaveModel(folder);
        IReadOnlyList<LanguageAccuracy> accuracies = [];
        if (run.Language is not null)
        {
            using ProgressBar bar = context.Console.Progress("measuring accuracies");
            accuracies = LanguageAccuracy.MeasureAll(run.Model, run.Tokenizer, run.Language);
        }
        if (accuracies.Count > 0)
        {
            folder.WriteJson(PretrainingFolder.MetricsName, json =>
            {
                json.WriteStartObject();
                Write(json, accuracies);
                json.WriteEndObject();
            });
        }
        if (context.IsJson)
        {
            context.WriteJson(json =>
            {
                json.WriteNumber("weights", run.TrainableNumbers);
                json.WriteNumber("steps", run.StepsDone);
                json.WriteNumber("steps_now", totals.Steps);
                if (totals.Steps > 0)
                {
                    json.WriteNumber("loss_last", totals.LastLoss);
                    json.WriteNumber("seconds_per_step", Math.Round(totals.Seconds / totals.Steps, 6));
                    json.WriteNumber("source_tokens_per_second", Math.Round(totals.Tokens / totals.Seconds, 1));
                }
                Write(json, accuracies);
                json.WriteString("model", folder.FullPath);
            });
            return ExitCode.Done;
        }
        if (totals.Steps > 0) context.Text.WriteLine(Invariant($"loss      {totals.LastLoss:F4} over the last steps"));
        if (totals.Steps > 0)
            context.Text.WriteLine(
                Invariant($"time      {totals.Seconds / totals.Steps:F4} s a step, {totals.Seconds:F1} s of training"));
        foreach (LanguageAccuracy one in accuracies)
        {
            string seen = one.IsTrained ? "trained " : "left out";
            context.Text.WriteLine(
                Invariant($"{seen}  {one.Task.Name,-28} {100 * one.Accuracy,5:F1}  ({one.Task.Prefix})"));
        }
        context.Text.WriteLine($"saved     {folder.FullPath}");
        return ExitCode.Done;
    }

    private static PretrainingRun Prepare(
        CommandContext context, PretrainingConfiguration configuration, IBackend backend)
    {
        using ProgressBar bar = context.Console.Progress("preparing");
        return PretrainingRun.Prepare(configuration, backend);
    }

    private static Totals Train(
        CommandContext context, PretrainingConfiguration configuration, PretrainingRun run, PretrainingFolder folder)
    {
        int total = configuration.Training.Steps, every = Math.Max(1, total / MostProgressLines);
        Totals totals = new();
        using ProgressBar bar = context.Console.Progress("pretraining", total, "steps");
        try
        {
            run.Train(folder, step =>
            {
                totals.Add(step);
                if (bar.IsShown) bar.Report(step.Number, Invariant($"loss {totals.LastLoss:F4}"));
                if (step.Number % every != 0 && step.Number != total) return;
                context.Console.PlainLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"step {step.Number}/{total}  loss {totals.LastLoss:F4}  {totals.Seconds / totals.Steps:F4} "
                            + $"s a step"));
            }, context.Interruption.Token);
        }
        catch (PretrainingDivergedException error)
        {
            throw new UserException(
                $"{error.Message} (the last checkpoint is in {folder.FullPath})", ExitCode.Failed, error);
        }
        return totals;
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<LanguageAccuracy> accuracies)
    {
        if (accuracies.Count == 0) return;
        json.WriteStartArray("accuracies");
        foreach (LanguageAccuracy one in accuracies)
        {
            json.WriteStartObject();
            json.WriteString("task", one.Task.Name);
            json.WriteString("prefix", one.Task.Prefix);
            json.WriteBoolean("trained", one.IsTrained);
            json.WriteNumber("accuracy", Math.Round(one.Accuracy, 6));
            json.WriteNumber("examples", LanguageAccuracy.Examples);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>
    /// What the steps of this call came to; the loss as a mean that forgets, since one batch says little.
    /// </summary>
    private sealed class Totals
    {
        private const double Forgetting = 0.02;

        public int Steps { get; private set; }

        public double Seconds { get; private set; }

        public long Tokens { get; private set; }

        public double LastLoss { get; private set; }

        public void Add(PretrainingStep step)
        {
            LastLoss = Steps == 0 ? step.Loss : LastLoss + (Forgetting * (step.Loss - LastLoss));
            (Steps, Seconds, Tokens) = (Steps + 1, Seconds + step.Seconds, Tokens + step.SourceTokens);
        }
    }
}
