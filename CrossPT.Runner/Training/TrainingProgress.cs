using System.Globalization;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Training;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;
using CrossPT.Runner.Hub;

namespace CrossPT.Runner.Training;

/// <summary>How training goes: a bar in a terminal; elsewhere some fifty lines, however many steps there are.</summary>
internal sealed class TrainingProgress(CommandContext context, RunConfiguration configuration, WorkBar loading)
    : IRunListener, IDisposable
{
    private const int MostLines = 50;

    private ProgressBar? _bar;
    private string? _stage;
    private string _validation = "";
    private string _best = "";

    private ConsoleOutput Console => context.Console;

    /// <summary>The model.</summary>
    public void Loaded(PreparedRun run)
    {
        loading.Dispose();
        ModelFolder.Report(context, run.Model);
        context.Warn(run.Warnings);
    }

    /// <summary>What is going to be trained.</summary>
    public void Composed(ComposedRun run)
    {
        ITrainablePrompts prompts = run.Prompts;
        int sources = (prompts as PromptMethod)?.Sources.Count(static name => name != SourcePrompt.NullName) ?? 0;
        Console.Note(
            $"method {configuration.Method.Name}: {Plural.Of(prompts.Tasks.Count, "task")}, "
            + $"{Plural.Of(sources, "source prompt")}, target prompts [{prompts.Length}, {prompts.Width}]");
        Console.Note(
            string.Create(CultureInfo.InvariantCulture, $"{run.TrainableNumbers:N0} numbers to train, ")
            + $"{Plural.Of(configuration.Training.Steps, "step")} of {Plural.Of(Rows(prompts), "example")}");
        foreach ((string task, string source) in run.Budget.Starts)
            Console.Note($"{task} starts from {source}, the source prompt with the least loss");
        foreach (string remark in run.Tasks.SelectMany(static task => task.Remarks)) Console.Note($"note: {remark}");
        foreach (string warning in (prompts as PromptMethod)?.Warnings ?? []) Console.Note($"note: {warning}");
        Show("training", configuration.Training.Steps);
    }

    /// <summary>A step of the run.</summary>
    public void Stepped(TrainingStep step) => Write("", configuration.Training.Steps, step);

    /// <summary>A step of what is trained first.</summary>
    public void Stepped(StageStep step)
    {
        if (step.Title != _stage) Show(step.Title, step.Steps);
        _stage = step.Title;
        Write($"{step.Title}  ", step.Steps, step.Step);
    }

    /// <summary>An evaluation while training.</summary>
    public void Evaluated(TrainingEvaluation evaluation)
    {
        string score = Invariant($"{100 * evaluation.Score:F1} at step {evaluation.Step}");
        if (evaluation.IsBest) _best = score;
        _validation = evaluation.IsBest || _best.Length == 0
            ? $"validation {score}{(evaluation.IsBest ? ", the best so far" : "")}"
            : $"validation {score}, best {_best}";
        string best = evaluation.IsBest ? ", the best so far" : "";
        Console.PlainLine(Invariant($"step {evaluation.Step}  validation {100 * evaluation.Score:F1}{best}"));
    }

    /// <summary>What comes after training.</summary>
    public void Evaluates()
    {
        Dispose();
        Console.PlainLine("evaluating");
    }

    public void Dispose() => _bar?.Dispose();

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private int Rows(ITrainablePrompts prompts) =>
        configuration.Training.Batch * (configuration.Training.Batching == Batching.Mixed ? 1 : prompts.Tasks.Count);

    private void Show(string title, int steps)
    {
        Dispose();
        _bar = Console.Progress(title, steps, "steps");
    }

    private void Write(string before, int total, TrainingStep step)
    {
        if (Console.IsLive)
        {
            _bar!.Report(step.Number, Invariant($"loss {step.Loss:F4}"), _validation);
            return;
        }
        int every = Math.Max(1, total / MostLines);
        if (step.Number % every != 0 && step.Number != 1 && step.Number != total) return;
        string speed = Invariant($"{step.Seconds:F2} s  {step.TokensPerSecond:F0} tokens/s");
        Console.PlainLine(Invariant($"{before}step {step.Number}/{total}  loss {step.Loss:F4}  {speed}"));
    }
}
