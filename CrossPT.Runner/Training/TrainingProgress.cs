using System.Globalization;
using CrossPT.Prompting.Composition;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Training;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Training;

/// <summary>How training goes, in plain lines on standard error: some fifty of them, however many steps there are.</summary>
internal sealed class TrainingProgress(CommandContext context, RunConfiguration configuration) : IRunListener
{
    private const int MostLines = 50;

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>What is going to be trained.</summary>
    public void Composed(TrainingRun run)
    {
        ITrainablePrompts prompts = run.Prompts;
        int sources = (prompts as PromptGraph)?.Sources.Count ?? 0;
        context.Note(Invariant($"method {configuration.Method.Name}: {prompts.Tasks.Count} tasks, {sources} source prompts, target prompts [{prompts.Length}, {prompts.Width}]"));
        context.Note(Invariant($"{run.TrainableNumbers:N0} numbers to train, {configuration.Training.Steps} steps of {Rows(prompts)} examples"));
        foreach (string remark in run.Tasks.SelectMany(static task => task.Remarks)) context.Note($"note: {remark}");
        foreach (string warning in (prompts as PromptGraph)?.Warnings ?? []) context.Note($"note: {warning}");
    }

    /// <summary>A step of the run.</summary>
    public void Stepped(TrainingStep step) => Write("", configuration.Training.Steps, step);

    /// <summary>A step of a prompt that is tuned first.</summary>
    public void Stepped(StageStep step) => Write($"source {step.Name}  ", step.Steps, step.Step);

    /// <summary>An evaluation while training.</summary>
    public void Evaluated(TrainingEvaluation evaluation) =>
        context.Note(Invariant($"step {evaluation.Step}  validation {100 * evaluation.Score:F1}{(evaluation.IsBest ? ", the best so far" : "")}"));

    /// <summary>What comes after training.</summary>
    public void Evaluates() => context.Note("evaluating");

    private int Rows(ITrainablePrompts prompts) => configuration.Training.Batch * (configuration.Training.Batching == Batching.Mixed ? 1 : prompts.Tasks.Count);

    private void Write(string before, int total, TrainingStep step)
    {
        int every = Math.Max(1, total / MostLines);
        if (step.Number % every != 0 && step.Number != 1 && step.Number != total) return;
        context.Note(Invariant($"{before}step {step.Number}/{total}  loss {step.Loss:F4}  {step.Seconds:F2} s  {step.TokensPerSecond:F0} tokens/s"));
    }
}
