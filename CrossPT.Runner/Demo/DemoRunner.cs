using System.Diagnostics;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Language;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;

namespace CrossPT.Runner.Demo;

/// <summary>The results of a method.</summary>
/// <param name="Method">The method.</param>
/// <param name="Accuracies">By task.</param>
/// <param name="Collapsed">Tasks on which one label is given for every example.</param>
/// <param name="Router">Its router's table; null where it has none of tasks.</param>
/// <param name="TrainedNumbers">Numbers that are trained for one task.</param>
/// <param name="StoredNumbers">Numbers a task needs afterwards.</param>
/// <param name="Seconds">Wall time, measuring included.</param>
internal sealed record DemoOutcome(
    DemoMethod Method, double[] Accuracies, int Collapsed, RouterTable? Router, double TrainedNumbers,
    double StoredNumbers, double Seconds)
{
    /// <summary>Each task's prompts and evaluation.</summary>
    public IReadOnlyList<DemoTaskResult> Results { get; init; } = [];
}

/// <summary>Trains and measures the methods of the demo, all tasks and seeds in the same batches.</summary>
internal sealed class DemoRunner(
    DemoWorld world, DemoSources sources, DemoTask[] tasks, ulong seed, CancellationToken cancellation)
{
    public const int MeasureBatch = 128;

    private readonly Dictionary<string, SourcePrompt> _tuned = [];
    private SourceEvidence? _raw;
    private SourceEvidence? _scaled;

    /// <summary>The tasks, in the order of the outcomes.</summary>
    public IReadOnlyList<DemoTask> Tasks => tasks;

    /// <summary>Loss of every task behind every source prompt as it was tuned.</summary>
    public SourceEvidence Evidence => _raw ??= Measure(sources.Prompts);

    /// <summary>The same with the sources at one size, as the router takes them.</summary>
    public SourceEvidence ScaledEvidence =>
        _scaled ??= Measure(SourceScaling.Apply(sources.Prompts, SourceScale.Mean, static () => 1));

    /// <summary>Runs a method.</summary>
    /// <param name="method">The method; prompt tuning must come before those that start from it.</param>
    /// <param name="trial">Which of its learning rates.</param>
    /// <param name="progress">Told after every step which share of the training is done, and the loss.</param>
    public DemoOutcome Run(DemoMethod method, int trial = 0, Action<double, double>? progress = null)
    {
        long start = Stopwatch.GetTimestamp();
        if (tasks.Length == 0) return new DemoOutcome(method, [], 0, null, 0, 0, 0);
        List<RouterTable> routers = [];
        int collapsed = 0;
        double trained = 0;
        DemoTaskResult[] byTask = new DemoTaskResult[tasks.Length];
        DemoTask[][] parts = method.SeedsApart
            ? [.. tasks.GroupBy(static task => task.Seed).Select(static group => group.ToArray())]
            : [tasks];
        int steps = 0;
        foreach (DemoTask[] part in parts)
        {
            TrainingSettings settings = SettingsOf(method, trial);
            using PromptMethod prompts = Build(method, part, settings);
            if (method.Steps > 0)
                Train(
                    prompts, part, settings,
                    step => progress?.Invoke(++steps / (double)(parts.Length * method.Steps), step.Loss));
            trained = prompts.Parameters.Sum(static one => one.Variable.Value.Length) / (double)part.Length;
            collapsed += Evaluate(method, prompts, part, byTask);
            if (prompts.Router is { } router) routers.Add(router);
        }
        double stored = DemoSources.Length * world.Model.Config.ModelWidth;
        return new DemoOutcome(
            method, Array.ConvertAll(byTask, static one => one.Evaluation.Metrics[0].Value), collapsed,
            routers.Count == 1 ? routers[0] : null, method.Steps == 0 ? 0 : trained, stored,
            Stopwatch.GetElapsedTime(start).TotalSeconds) { Results = byTask };
    }

    private PromptMethod Build(DemoMethod method, DemoTask[] part, TrainingSettings settings)
    {
        PromptPlan plan = Plan(method, part);
        if (method.Router.Start != RouterStart.Trials) return PromptMethod.Create(plan);
        TrainingTask[] training = [.. part.Select(static task => task.ForTraining)];
        // Trials have the sources as they were tuned.
        SourceEvidence evidence = new(
            [.. part.Select(task => Evidence.Losses[Array.IndexOf(tasks, task)])], Evidence.ForwardRows);
        SourceTrials trials = SourceTrials.Run(plan, evidence, training, settings, cancellation: cancellation);
        return PromptMethod.Create(trials.Plan(plan));
    }

    private PromptPlan Plan(DemoMethod method, DemoTask[] part) => new()
    {
        Prompt = method.Prompt,
        Router = method.Router,
        Model = world.Model,
        Tasks = [.. part.Select(static task => task.Name)],
        Sources = sources.Prompts,
        Seed = seed,
        Steps = Math.Max(1, method.Steps),
        Evidence = method.Router.Start == RouterStart.Evidence
            ? [.. part.Select(task => ScaledEvidence.Logits[Array.IndexOf(tasks, task)])]
            : null,
        Starts = method.Start == DemoStart.Settings
            ? null
            : part.ToDictionary(static task => task.Name, task => StartOf(method.Start, task)),
    };

    /// <summary>The prompt that a task's private prompt starts from, by kind of start.</summary>
    public SourcePrompt StartOf(DemoStart start, DemoTask task) => start switch
    {
        DemoStart.BestSource => sources.Prompts[Evidence.Best[Array.IndexOf(tasks, task)]],
        DemoStart.WrongSource => WrongSource(task),
        _ => _tuned[task.Name],
    };

    /// <summary>The first source behind the task's relatives in the list that is none of them.</summary>
    private SourcePrompt WrongSource(DemoTask task)
    {
        IReadOnlyList<string> relatives = task.Target.Relatives;
        int first = relatives.Count == 0
            ? 0
            : sources.Prompts.ToList().FindIndex(source => source.Name == relatives[0]);
        return Enumerable.Range(1, sources.Prompts.Count)
            .Select(i => sources.Prompts[(first + i) % sources.Prompts.Count])
            .First(source => !relatives.Contains(source.Name));
    }

    /// <summary>The training of a method with one of its learning rates.</summary>
    public static TrainingSettings SettingsOf(DemoMethod method, int trial = 0) => new()
    {
        // A method that is only measured is recorded with one step.
        Steps = Math.Max(1, method.Steps),
        Batch = DemoMethods.Batch,
        Batching = Batching.Together,
        Warmup = 0.1,
        Dropout = 0,
        LearningRates = new LearningRates
        {
            Private = method.Trials[trial].Private,
            Router = method.Router.Kind == RouterKind.None ? null : method.Trials[trial].Router,
        },
        CheckpointEvery = 0,
    };

    private void Train(
        PromptMethod prompts, DemoTask[] part, TrainingSettings settings, Action<TrainingStep> progress)
    {
        using Trainer trainer = new(
            world.Model, prompts, [.. part.Select(static task => task.ForTraining)], settings, seed);
        trainer.Run(new TrainingHooks { Progress = progress }, cancellation);
    }

    private int Evaluate(DemoMethod method, PromptMethod prompts, DemoTask[] part, DemoTaskResult[] byTask)
    {
        using EvaluationPrompts evaluated = EvaluationPrompts.Of(prompts, world.Model.Backend, mask: null);
        TargetPrompts? finished = evaluated.Prompts as TargetPrompts;
        int collapsed = 0;
        for (int i = 0; i < part.Length; i++)
        {
            TaskEvaluation evaluation = TaskEvaluation.Run(
                world.Model, evaluated.Prompts, part[i].Codec, part[i].Test, MeasureBatch, cancellation);
            byTask[Array.IndexOf(tasks, part[i])] = new DemoTaskResult(
                evaluation, finished?[i].ToSingles(), DemoPart.Of(prompts, i, world.Model.Backend));
            if (evaluation.Collapsed) collapsed++;
            if (method.Key == DemoMethods.PlainKey)
                _tuned[part[i].Name] = new SourcePrompt(part[i].Name, finished![i].ToSingles(), finished.Width);
        }
        return collapsed;
    }

    private SourceEvidence Measure(IReadOnlyList<SourcePrompt> prompts) =>
        SourceEvidence.Measure(
            world.Model, prompts, [.. tasks.Select(static task => task.ForTraining)], DemoTask.Shots,
            cancellation: cancellation);
}

/// <summary>The results of a method on one task.</summary>
/// <param name="Evaluation">On the test examples.</param>
/// <param name="Target">Rows of the finished prompt, end to end; null where it depends on the text.</param>
/// <param name="Parts">The parts it was composed of.</param>
internal sealed record DemoTaskResult(TaskEvaluation Evaluation, float[]? Target, IReadOnlyList<DemoPart> Parts);

/// <summary>A part of a task's prompt, as run folders keep it.</summary>
/// <param name="Name">As <see cref="PromptPart"/> has it, the task's own name in it replaced by
/// <see cref="Task"/>.</param>
/// <param name="IsRow">Whether it is the task's row of a table of all tasks.</param>
/// <param name="Values">Numbers, row after row.</param>
/// <param name="Shape">Its sizes; of a row, one row of that many columns.</param>
internal sealed record DemoPart(string Name, bool IsRow, float[] Values, Shape Shape)
{
    /// <summary>Stands for the task in a part's name.</summary>
    public const string Task = "{task}";

    private static readonly string[] s_own = ["private.", "added.", "update."];

    /// <summary>The parts of one task.</summary>
    public static IReadOnlyList<DemoPart> Of(PromptMethod prompts, int task, IBackend backend)
    {
        using TensorScope scope = new();
        List<DemoPart> parts = [];
        foreach (PromptPart part in prompts.Parts(backend))
        {
            string? own = s_own.FirstOrDefault(kind => part.Name.StartsWith(kind, StringComparison.Ordinal));
            int columns = part.Value.Columns;
            if (own is not null && part.Name != own + prompts.Tasks[task]) continue;
            if (part.Name == TaskRouter.LogitsName)
                parts.Add(
                    new DemoPart(
                        part.Name, true, part.Value.ToSingles()[(task * columns)..((task + 1) * columns)],
                        new Shape(1, columns)));
            else
                parts.Add(
                    new DemoPart(
                        own is null ? part.Name : own + Task, false, part.Value.ToSingles(), part.Value.Shape));
        }
        return parts;
    }
}
