using System.CommandLine;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tasks;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;
using CrossPT.Runner.Devices;
using CrossPT.Runner.Hub;
using CrossPT.Runner.Training;
using CrossPT.Tensors;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt evaluate</c>: metrics of a trained run, whole or with parts of its prompts left out.</summary>
internal static class EvaluateCommand
{
    public static readonly Option<string> RunFolderOption =
        Options.Text("--run", "DIR", "the folder of a trained run").Required();
    public static readonly Option<string> ModelOption = Options.Text(
        "--model", "M", "the model's folder or name on the hub, if it has moved since the run");

    private static readonly Option<string[]> s_task =
        Options.Texts("--task", "T", "a task of the run; may be repeated").Otherwise("all tasks of the run");
    private static readonly Option<string> s_input = Options.Text(
        "--input", "FILE", "evaluates on the labelled rows of a new file: CSV, TSV, JSON lines, a JSON list, Parquet");
    private static readonly Option<string> s_split =
        Options.Choice("--split", "which split to evaluate on", "validation", "test").Default("test");
    private static readonly Option<string[]> s_without = Options.Texts(
        "--without", "PART",
        "leaves a part of the prompts out: a source prompt's name, \"sources\" or \"private\"; may be repeated");
    private static readonly Option<string> s_only = Options.Text(
        "--only", "PART", "leaves out all other parts: a source prompt's name, \"sources\" or \"private\"");
    private static readonly Option<string> s_by = Options.Choice(
        "--by", "predicts by ranking the label words or by greedy decoding", "ranked", "greedy")
        .Otherwise("as the run was evaluated");
    private static readonly Option<string> s_prefix = Options.Text(
        "--prefix-of", "TASK", "puts the name of another task before every text, to see how much rests on the prefix");

    public static CommandDefinition Define() => new()
    {
        Options =
        [
            RunFolderOption, s_task, s_input, s_split, s_without, s_only, s_by, s_prefix, ModelOption,
            ModelFolder.Strict, CpuWeights.Option,
        ],
        Notes = "A part of the prompts is worth what the score loses without it; the router's other weights are not "
            + "changed.",
        Example = "evaluate --run runs/first-1 --input new.csv",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        string split = context.Value(s_split);
        string? input = context.Find(s_input);
        if (input is not null && context.Has(s_split))
            throw new UserException("--input and --split, expected one of them");
        if (context.Has(s_only) && context.Has(s_without))
            throw new UserException("--only and --without, expected one of them");
        CancellationToken cancellation = context.Interruption.Token;
        using IBackend backend = CpuWeights.OpenBackendOfRun(context);
        using TrainedRun run = Load(context, backend);
        string[] tasks = Tasks(context, run);
        if (input is not null) tasks = [OneTask(run, tasks is [string only] ? only : null).Name];
        PromptMask? mask = Mask(context, run);
        EvaluationMethod? by = context.Find(s_by) switch
        {
            null => null,
            "greedy" => EvaluationMethod.Greedy,
            _ => EvaluationMethod.Ranked,
        };
        List<TaskEvaluation> evaluations = [];
        using WorkBar work = new(context.Console);
        foreach (string task in tasks)
        {
            IReadOnlyList<Example> examples = input is null
                ? RunTask.LoadExamples(run, task, split)
                : RunTask.ReadExamples(run, task, input);
            evaluations.Add(run.Evaluate(task, examples, mask, by, Prefix(context, run, task), cancellation, work));
        }
        if (!context.IsJson) RunSummary.WriteMetrics(context.Console, evaluations);
        else
        {
            context.WriteJson(json =>
            {
                if (input is null) json.WriteString("split", split);
                else json.WriteString("input", Path.GetFullPath(input));
                RunMetrics.WriteTasks(json, evaluations);
            });
        }
        return ExitCode.Done;
    }

    /// <summary>The task asked for, or the run's only one.</summary>
    public static TaskDeclaration OneTask(TrainedRun run, string? task)
    {
        if (task is null && run.Tasks is not [_])
        {
            throw new UserException(
                $"--task: the run has {run.Tasks.Count} tasks, expected one of {string.Join(", ", run.Tasks)}");
        }
        string name = task ?? run.Tasks[0];
        return run.Record.Tasks.FirstOrDefault(one => one.Name == name)
            ?? throw new UserException($"--task: the run has no task '{name}', only {string.Join(", ", run.Tasks)}");
    }

    /// <summary>Loads the run that <c>--run</c> names.</summary>
    public static TrainedRun Load(CommandContext context, IBackend backend)
    {
        string run = context.Value(RunFolderOption);
        string? model = ModelFolder.ForRun(context, context.Find(ModelOption), run);
        using WorkBar work = new(context.Console);
        TrainedRun loaded = TrainedRun.Load(run, model, backend, work);
        work.Dispose();
        try
        {
            ModelFolder.Report(context, loaded.Model);
            context.Warn(loaded.Warnings);
            return loaded;
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    private static string? Prefix(CommandContext context, TrainedRun run, string task) =>
        context.Find(s_prefix) is { } name
            ? new TaskPrefix(TaskPrefixKind.Name) { Task = name }
                .TextFor(run.Record.Tasks.First(one => one.Name == task), static name => TaskDeclarationOf(name))
            : null;

    // Any name will do: the text is what is tried out, not a task.
    private static TaskDeclaration? TaskDeclarationOf(string name) => BuiltInTasks.Find(name)
        ?? BuiltInTasks.Find("rte")!.WithName(name);

    private static string[] Tasks(CommandContext context, TrainedRun run)
    {
        string[] asked = context.FindAll(s_task);
        foreach (string task in asked)
        {
            if (!run.Tasks.Contains(task))
                throw new UserException($"--task: the run has no task '{task}', only {string.Join(", ", run.Tasks)}");
        }
        return asked.Length > 0 ? asked : [.. run.Tasks];
    }

    private static PromptMask? Mask(CommandContext context, TrainedRun run)
    {
        string[] without = context.FindAll(s_without);
        string? only = context.Find(s_only);
        if (without.Length == 0 && only is null) return null;
        if (run.Record.Configuration.TrainsModel)
        {
            throw new UserException(
                $"{run.FolderPath}: has no prompts to leave out: all weights of its model were trained");
        }
        using PromptMethod graph = run.Compose();
        IReadOnlyList<string> sources = graph.Sources;
        string[] parts =
            [.. sources, .. sources.Count > 0 ? ["sources"] : Array.Empty<string>(), .. graph.HasPrivate ? ["private"]
                : Array.Empty<string>()];
        foreach (string part in only is null ? without : [only])
        {
            if (!parts.Contains(part))
                throw new UserException($"the run has no part '{part}', only {string.Join(", ", parts)}");
        }
        HashSet<string> hidden = only is null
            ? [.. sources.Where(source => without.Contains(source) || without.Contains("sources"))]
            : [.. sources.Where(source => only != "sources" && source != only)];
        if (only is not null && hidden.Count == 0 && (only == "private" || !graph.HasPrivate))
            throw new UserException($"--only {only}: the run has no other part to leave out");
        return new PromptMask { WithoutSources = hidden, WithoutPrivate = only is null ? without.Contains("private")
            : only != "private" };
    }
}
