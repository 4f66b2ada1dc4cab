using System.Globalization;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Devices;
using CrossPT.Tensors;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt train</c>: source prompts, a router and private prompts, tuned before a frozen model.</summary>
internal static class TrainCommand
{
    private const int MostProgressLines = 50;

    private static readonly Option s_set = new("--set", "PATH=VALUE", "a setting over the configuration's: training.steps=40, tasks[0].shots=16", Repeats: true);
    private static readonly Option s_out = new("--out", "DIR", "the run folder, which must not exist yet", "runs/NAME-SEED");

    public static CommandDefinition Define() => new()
    {
        Arguments = [new Positional("CONFIG", "configuration: JSON, comments allowed")],
        Options = [s_set, s_out],
        Notes = "Paths in the configuration, also those given with --set, are relative to its file; --out is relative to the current folder.\n"
            + "The run folder gets config.json, prompts.safetensors, router.json, history.jsonl, metrics.json and checkpoint/.\n"
            + "Ctrl+C and SIGTERM end it after the step under way, with a checkpoint written.",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        RunConfiguration configuration = RunConfiguration.Load(context.Arguments[0], context.FindAll(s_set));
        if (context.Has(s_out)) configuration = configuration with { Out = context.String(s_out) };
        RunFolder.CheckNew(configuration.OutFolder);
        using IBackend backend = context.OpenBackend();
        using TrainingRun run = TrainingRun.Prepare(configuration, backend);
        RunFolder folder = RunFolder.Create(configuration.OutFolder);
        run.SaveRecord(folder);
        context.Note(Invariant($"{run.Prompts.Tasks.Count} tasks, {run.Prompts.Sources.Count} source prompts [{run.Prompts.Length}, {run.Prompts.Width}]"));
        context.Note(Invariant($"{run.TrainableNumbers:N0} numbers to train, {configuration.Training.Steps} steps of {configuration.Training.Batch} examples"));

        IReadOnlyList<TrainingStep> steps = Train(context, run, folder);
        run.SavePrompts(folder);
        context.Note("evaluating");
        IReadOnlyList<TaskEvaluation> evaluations = run.Evaluate(context.Interruption.Token);
        RunResult result = new(steps, evaluations, configuration.Evaluation.VerifyReload ? run.VerifyReload(folder, evaluations, context.Interruption.Token) : null);
        long peak = SystemMemory.PeakResidentBytes();
        folder.WriteJson(RunFolder.MetricsName, json =>
        {
            json.WriteStartObject();
            result.WriteMembers(json);
            json.WriteEndObject();
        });
        if (context.IsJson)
        {
            context.WriteJson(json =>
            {
                result.WriteMembers(json);
                WriteMegabytes("reserved_mb_first", steps[0].ReservedBytes);
                WriteMegabytes("reserved_mb_last", steps[^1].ReservedBytes);
                WriteMegabytes("used_mb_first", steps[0].UsedBytes);
                WriteMegabytes("used_mb_last", steps[^1].UsedBytes);
                json.WriteNumber("peak_rss_mb", Megabytes(peak));
                json.WriteString("run", folder.FullPath);

                void WriteMegabytes(string name, long? bytes)
                {
                    if (bytes is { } known) json.WriteNumber(name, Megabytes(known));
                }
            });
        }
        else Write(context.Text, result, folder, peak);
        if (result.ReloadEqual != false) return ExitCode.Done;
        throw new UserException($"{folder.FullPath}: loaded again, the run does not evaluate to the same bits", ExitCode.Failed);
    }

    private static IReadOnlyList<TrainingStep> Train(CommandContext context, TrainingRun run, RunFolder folder)
    {
        int total = run.Record.Configuration.Training.Steps, every = Math.Max(1, total / MostProgressLines);
        try
        {
            return run.Train(step =>
            {
                folder.Append(step);
                if (step.Number % every != 0 && step.Number != 1 && step.Number != total) return;
                context.Note(Invariant($"step {step.Number}/{total}  loss {step.Loss:F4}  {step.Seconds:F2} s  {step.TokensPerSecond:F0} tokens/s"));
            }, context.Interruption.Token, folder.PathOf(RunFolder.CheckpointName));
        }
        catch (TrainingDivergedException error)
        {
            run.SavePrompts(folder);
            throw new UserException($"{error.Message} (they are saved in {folder.FullPath})", ExitCode.Failed, error);
        }
    }

    private static void Write(TextWriter text, RunResult result, RunFolder folder, long peak)
    {
        Line($"loss      {result.FirstLoss:F4} over the first {RunResult.LossSteps} steps, {result.LastLoss:F4} over the last: {result.LastLoss / result.FirstLoss:F3} of it");
        Line($"time      {result.SecondsPerStep:F2} s a step, {result.Steps.Sum(static step => step.Seconds):F1} s of training");
        if (result.Steps[0].ReservedBytes is { } first && result.Steps[^1].ReservedBytes is { } last)
        {
            double used = Megabytes(result.Steps[0].UsedBytes ?? 0), usedLast = Megabytes(result.Steps[^1].UsedBytes ?? 0);
            Line($"memory    {used:F1} MB in use after the first step, {usedLast:F1} MB after the last; {Megabytes(first):F0} and {Megabytes(last):F0} MB reserved");
            Line($"          {Megabytes(peak):F0} MB resident at most");
        }
        foreach (TaskEvaluation evaluation in result.Evaluations)
        {
            string metrics = string.Join(", ", evaluation.Metrics.Zip(evaluation.MajorityMetrics, static (own, majority) =>
                Invariant($"{TaskMetrics.NameOf(own.Metric)} {100 * own.Value:F1} (most frequent label {100 * majority.Value:F1})")));
            Line($"{evaluation.Task.Name,-9} {metrics}, {evaluation.Actual.Count} examples");
        }
        if (result.ReloadEqual is { } equal) Line($"reload    {(equal ? "every score the same to the last bit" : "DIFFERS")}");
        Line($"saved     {folder.FullPath}");

        void Line(FormattableString line) => text.WriteLine(Invariant(line));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static double Megabytes(long bytes) => Math.Round(bytes / (double)(1 << 20), 1);
}
