using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tracking;
using CrossPT.Prompting.Training;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Runs;

/// <summary>A run whose prompts are composed: trains, evaluates and saves them.</summary>
public sealed class ComposedRun : IDisposable
{
    private readonly PreparedRun _run;

    internal ComposedRun(PreparedRun run, ITrainablePrompts prompts, RunBudget budget)
    {
        _run = run;
        Prompts = prompts;
        Budget = budget;
    }

    /// <summary>The run's configuration.</summary>
    public RunConfiguration Configuration => _run.Configuration;

    /// <summary>The tasks with their examples.</summary>
    public IReadOnlyList<RunTask> Tasks => _run.Tasks;

    /// <summary>The prompts: before training, where they start.</summary>
    public ITrainablePrompts Prompts { get; }

    /// <summary>The cost before the run's own training.</summary>
    public RunBudget Budget { get; }

    /// <summary>Numbers that are trained.</summary>
    public long TrainableNumbers => Prompts.Parameters.Sum(static parameter => parameter.Variable.Value.Length);

    private T5Model Model => _run.Model;

    /// <summary>Trains, from the folder's checkpoint on where it has one.</summary>
    /// <param name="folder">
    /// Gets the history, the router's, TensorBoard's file and checkpoints; null for a run in memory alone.
    /// </param>
    /// <param name="listener">Told of every step and evaluation.</param>
    /// <param name="cancellation">Stops between steps, with a checkpoint.</param>
    /// <exception cref="TrainingDivergedException">
    /// The loss or a gradient is not finite; <see cref="Prompts"/> are the last good ones.
    /// </exception>
    /// <exception cref="CheckpointException">The folder's checkpoint is broken, or of another run.</exception>
    public TrainingOutcome Train(
        RunFolder? folder = null, IRunListener? listener = null, CancellationToken cancellation = default)
    {
        string? checkpoint = folder?.PathOf(RunFolder.CheckpointName);
        TrainingSettings settings = Configuration.Training;
        using Trainer trainer = CreateTrainer();
        List<TrainingStep> steps = [];
        RunTracking? tracking = null;
        if (folder is not null)
        {
            if (CheckpointFile.IsIn(checkpoint!)) trainer.Restore(checkpoint!);
            int every = RouterHistory.EveryOf(settings);
            tracking = new RunTracking(folder, every, settings.Steps, () => (Prompts as PromptMethod)?.Router);
            steps.AddRange(tracking.Begin(trainer.StepCount, trainer.EvaluatedStep));
        }
        TrainingHooks hooks = new()
        {
            Progress = step =>
            {
                steps.Add(step);
                tracking?.Add(step);
                listener?.Stepped(step);
            },
            Evaluate = SelectionScore,
            Evaluated = evaluation =>
            {
                tracking?.Add(evaluation);
                listener?.Evaluated(evaluation);
            },
            CheckpointFolder = checkpoint,
        };
        trainer.Run(hooks, cancellation);
        long batches = settings.Batching == Batching.Mixed ? 1 : Tasks.Count;
        long rows = batches * steps.Count * settings.Batch;
        return new TrainingOutcome(steps, rows, trainer.Best, Tasks.Sum(static task => task.Selection.Count));
    }

    /// <summary>
    /// Measures what training and evaluation will cost, changing nothing: each with the longest batch it has.
    /// </summary>
    public TrainingEstimate Estimate(CancellationToken cancellation = default)
    {
        _run.MeasureStages(cancellation);
        TrainingEstimate estimate;
        using (Trainer trainer = CreateTrainer()) estimate = trainer.Estimate(cancellation);
        using EvaluationPrompts prompts = EvaluationPrompts.Of(Prompts, _run.Backend, null);
        foreach (RunTask task in Tasks)
        {
            EncodedExample[] longest = task.Test.Select(task.Codec.Encode).Chunk(Configuration.Evaluation.Batch)
                .MaxBy(static part => part.Sum(static example => example.Source.Length))!;
            _ = Evaluate(prompts.Prompts, task.Codec, longest, cancellation);
        }
        return estimate.AfterAll();
    }

    /// <summary>Evaluates every task on its evaluation examples.</summary>
    /// <param name="mask">Parts left out of the prompts.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public IReadOnlyList<TaskEvaluation> Evaluate(
        PromptMask? mask = null, CancellationToken cancellation = default)
    {
        using EvaluationPrompts prompts = EvaluationPrompts.Of(Prompts, _run.Backend, mask);
        List<TaskEvaluation> evaluations = [];
        foreach (RunTask task in Tasks)
        {
            EncodedExample[] examples = [.. task.Test.Select(task.Codec.Encode)];
            evaluations.Add(Evaluate(prompts.Prompts, task.Codec, examples, cancellation));
        }
        return evaluations;
    }

    /// <summary>Writes <c>prompts.safetensors</c> and <c>router.json</c>; after full fine-tuning, the model.</summary>
    public void SavePrompts(RunFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (Prompts is not PromptMethod graph)
        {
            Model.Save(folder.PathOf(RunFolder.ModelName));
            return;
        }
        PromptsFile.Write(folder.PathOf(RunFolder.PromptsName), graph, _run.Backend);
        if (graph.Router is { } router)
            folder.WriteJson(RunFolder.RouterName, json => router.Write(json));
    }

    /// <summary>
    /// Writes <c>predictions.jsonl</c>, the metrics for TensorBoard and, where the configuration asks for them,
    /// <c>prefixes.json</c> and <c>contribution.json</c>.
    /// </summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="step">Steps that were trained.</param>
    /// <param name="evaluations">Those of <see cref="Evaluate(PromptMask?, CancellationToken)"/>.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public void SaveEvaluation(
        RunFolder folder, int step, IReadOnlyList<TaskEvaluation> evaluations, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(evaluations);
        IEnumerable<SavedPrediction> predictions = Tasks.Zip(evaluations).SelectMany(
            static pair => PredictionsFile.Of(pair.Second, pair.First.Test));
        PredictionsFile.Write(folder.PathOf(RunFolder.PredictionsName), predictions);
        RunTracking.Add(folder, step, evaluations);
        if (Configuration.Evaluation.Prefixes.Count > 0) SavePrefixes(folder, evaluations, cancellation);
        if (!Configuration.Evaluation.Contribution) return;
        var contributions = MeasureContribution(evaluations, cancellation);
        folder.WriteJson(RunFolder.ContributionName, json => TaskContribution.Write(json, contributions));
    }

    /// <summary>
    /// The contribution of each source prompt and of the private part: the first metric of every task without them
    /// in the trained prompts.
    /// </summary>
    /// <param name="evaluations">Those with nothing left out.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="InvalidOperationException">The run has no prompts.</exception>
    /// <returns>By task.</returns>
    public IReadOnlyDictionary<string, TaskContribution> MeasureContribution(
        IReadOnlyList<TaskEvaluation> evaluations, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(evaluations);
        if (Prompts is not PromptMethod graph)
            throw new InvalidOperationException("The run has no prompts to leave parts of out.");
        IReadOnlyList<string> sources = graph.Sources;
        bool hasBoth = graph.HasPrivate && sources.Count > 0;
        double[][] withoutSource = [.. sources.Select(source => Values(Without([source])))];
        double[]? withoutPrivate = graph.HasPrivate ? Values(new PromptMask { WithoutPrivate = true }) : null;
        double[]? onlyPrivate = hasBoth ? Values(Without([.. sources])) : null;
        // Without the private part the sources are all there is.
        double[]? onlySources = hasBoth ? withoutPrivate : null;
        Dictionary<string, TaskContribution> contributions = [];
        for (int task = 0; task < evaluations.Count; task++)
        {
            (TaskMetric metric, double whole) = evaluations[task].Metrics[0];
            int place = task;
            contributions.Add(evaluations[task].Task.Name, new TaskContribution(
                TaskMetrics.NameOf(metric), whole,
                sources.Zip(withoutSource).ToDictionary(static one => one.First, one => one.Second[place]),
                withoutPrivate?[task], onlySources?[task], onlyPrivate?[task]));
        }
        return contributions;

        static PromptMask Without(HashSet<string> sources) => new() { WithoutSources = sources };

        double[] Values(PromptMask mask) =>
            [.. Evaluate(mask, cancellation).Select(static one => one.Metrics[0].Value)];
    }

    /// <summary>
    /// Whether the run as it was saved is this one to the last bit: the target prompts composed anew from the saved
    /// parts, and every score of every example.
    /// </summary>
    /// <param name="saved">The run, loaded from its folder.</param>
    /// <param name="evaluations">Those of <see cref="Evaluate(PromptMask?, CancellationToken)"/>.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public bool IsEqual(
        TrainedRun saved, IReadOnlyList<TaskEvaluation> evaluations, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(saved);
        ArgumentNullException.ThrowIfNull(evaluations);
        if (!saved.ComposesToItself()) return false;
        foreach ((RunTask task, TaskEvaluation evaluation) in Tasks.Zip(evaluations))
        {
            TaskEvaluation again = saved.Evaluate(
                task.Codec.Task.Name, task.Test, cancellation: cancellation, progress: _run.Progress);
            if (!again.EqualsBitwise(evaluation)) return false;
        }
        return true;
    }

    /// <summary>Frees the prompts.</summary>
    public void Dispose() => Prompts.Dispose();

    private Trainer CreateTrainer()
    {
        TrainingTask[] tasks = [.. Tasks.Select(static task => task.ForTraining)];
        TrainingSettings settings = Configuration.Training.Resolve(Configuration.Prompt);
        return new Trainer(Model, Prompts, tasks, settings, (ulong)Configuration.Seed);
    }

    private TaskEvaluation Evaluate(
        ITargetPrompts prompts, TaskCodec codec, IReadOnlyList<EncodedExample> examples, CancellationToken cancellation)
    {
        EvaluationSettings settings = Configuration.Evaluation;
        return TaskEvaluation.Run(
            Model, prompts, codec, examples, settings.Batch, settings.By, cancellation, _run.Progress);
    }

    /// <summary>Mean over the tasks of their first metric on the examples kept for selection.</summary>
    private double SelectionScore(CancellationToken cancellation)
    {
        using EvaluationPrompts prompts = EvaluationPrompts.Of(Prompts, _run.Backend, null);
        return Tasks.Average(
            task => Evaluate(prompts.Prompts, task.Codec, task.Selection, cancellation).Metrics[0].Value);
    }

    /// <summary>
    /// Writes <c>prefixes.json</c>: the first metric of every task under its own text prefix and under each of the
    /// configuration's.
    /// </summary>
    private void SavePrefixes(
        RunFolder folder, IReadOnlyList<TaskEvaluation> evaluations, CancellationToken cancellation)
    {
        using EvaluationPrompts prompts = EvaluationPrompts.Of(Prompts, _run.Backend, null);
        Dictionary<string, TaskUnderPrefixes> measured = [];
        foreach ((RunTask task, TaskEvaluation own) in Tasks.Zip(evaluations))
        {
            Dictionary<string, double> others = [];
            foreach ((string label, TaskCodec codec) in task.UnderPrefixes)
            {
                EncodedExample[] examples = [.. task.Test.Select(codec.Encode)];
                others[label] = Evaluate(prompts.Prompts, codec, examples, cancellation).Metrics[0].Value;
            }
            (TaskMetric metric, double value) = own.Metrics[0];
            measured.Add(own.Task.Name, new TaskUnderPrefixes(TaskMetrics.NameOf(metric), value, others));
        }
        folder.WriteJson(RunFolder.PrefixesName, json => TaskUnderPrefixes.Write(json, measured));
    }
}
