using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tracking;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Runs;

/// <summary>
/// A run from its configuration to its folder: <see cref="Prepare"/> loads and checks, <see cref="Compose"/> tunes what
/// must be tuned first and builds the
/// prompts, <see cref="Train"/> trains them, <see cref="Evaluate"/> measures, <see cref="SavePrompts"/> keeps.
/// </summary>
public sealed partial class TrainingRun : IDisposable
{
    private readonly IBackend _backend;
    private readonly RunTask[] _tasks;
    private readonly Dictionary<string, SourcePrompt> _loaded;
    private readonly Dictionary<string, RunTask> _sourceTasks;
    private readonly ModelIdentity _identity;
    private readonly IProgress<WorkProgress>? _progress;
    private ITrainablePrompts? _prompts;

    private TrainingRun(
        RunConfiguration configuration, IBackend backend, T5Model model, RunInputs inputs, ModelIdentity identity,
        IProgress<WorkProgress>? progress)
    {
        (Configuration, _backend, Model, _identity, _progress) = (configuration, backend, model, identity, progress);
        (Tokenizer, _tasks, _loaded, _sourceTasks) = (
            inputs.Tokenizer, inputs.Tasks, inputs.Sources, inputs.SourceTasks);
    }

    /// <summary>What it was told.</summary>
    public RunConfiguration Configuration { get; }

    /// <summary>The model: frozen but in full fine-tuning.</summary>
    public T5Model Model { get; }

    /// <summary>Its tokenizer.</summary>
    public ITokenizer Tokenizer { get; }

    /// <summary>The tasks with their examples.</summary>
    public IReadOnlyList<RunTask> Tasks => _tasks;

    /// <summary>The prompts: before training, where they start.</summary>
    /// <exception cref="InvalidOperationException"><see cref="Compose"/> was not called.</exception>
    public ITrainablePrompts Prompts => _prompts
        ?? throw new InvalidOperationException("The run's prompts are not composed yet.");

    /// <summary>
    /// What it was told and what it came to; before <see cref="Compose"/>, without the prompts' sizes.
    /// </summary>
    public RunRecord Record => new(
        Configuration, _identity, [.. _tasks.Select(static task => task.Codec.Task)], _prompts?.Length ?? 0,
            Model.Config.ModelWidth);

    /// <summary>Label words that the model cannot read whole, a sentence each.</summary>
    public IReadOnlyList<string> Warnings =>
        [.. _tasks.Concat(_sourceTasks.Values).SelectMany(static task => task.Codec.Warnings).Distinct()];

    /// <summary>What was spent before the training of the run itself.</summary>
    public RunBudget Budget { get; private set; } = RunBudget.None;

    /// <summary>Numbers that are trained.</summary>
    public long TrainableNumbers => Prompts.Parameters.Sum(static parameter => parameter.Variable.Value.Length);

    /// <summary>Loads everything a run needs; what is quick to check comes before the model's weights.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="backend">Where to compute; not owned.</param>
    /// <param name="models">
    /// Models that other runs of the process use too; null to load one for this run alone. A model that is trained is
    /// always its own.
    /// </param>
    /// <param name="progress">Told how loading, encoding and evaluating go, now and later.</param>
    /// <exception cref="ConfigurationException">
    /// A value does not fit the model, the data or the source prompts.
    /// </exception>
    /// <exception cref="IOException">A file is missing or broken; the message names it.</exception>
    public static TrainingRun Prepare(
        RunConfiguration configuration, IBackend backend, SharedModels? models = null,
            IProgress<WorkProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(backend);
        RunInputs inputs = RunInputs.Load(configuration, models, progress);
        string folder = configuration.Model;
        ModelIdentity identity = models?.IdentityOf(folder) ?? ModelIdentity.Of(folder, progress);
        T5Model model = models is null || configuration.TrainsModel
            ? T5Model.Load(folder, backend, configuration.TrainsModel, progress)
            : models.Open(folder, backend);
        return new TrainingRun(configuration, backend, model, inputs, identity, progress);
    }

    /// <summary>
    /// Tunes the prompts that must be tuned first, measures evidence where it is asked for, and builds the run's
    /// prompts.
    /// </summary>
    /// <param name="folder">Keeps what was tuned, for a run that is stopped; null keeps nothing.</param>
    /// <param name="progress">Called after every step of tuning.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="ConfigurationException">Settings contradict each other.</exception>
    public void Compose(RunFolder? folder = null, Action<StageStep>? progress = null,
        CancellationToken cancellation = default)
    {
        if (_prompts is not null) throw new InvalidOperationException("The run's prompts are composed already.");
        if (Configuration.TrainsModel)
        {
            _prompts = new FullFineTuning(Model, [.. Configuration.Tasks.Select(static task => task.Name)]);
            return;
        }
        int length = SourceBank.LengthOf(Configuration, _loaded);
        SourceStage stage = new(Model, Configuration, folder, progress, cancellation);
        List<SourcePrompt> sources = [];
        foreach (SourceSelection selection in Configuration.Sources)
        {
            if (selection.Origin == SourceOrigin.File) sources.Add(_loaded[selection.Name]);
            else if (selection.Origin == SourceOrigin.Trained)
                sources.Add(stage.Tune(selection.Name, _sourceTasks[selection.Name], length,
                    selection.Steps ?? Configuration.Training.Steps));
        }
        BuildFrom(stage, sources, length, cancellation);
    }

    /// <summary>
    /// Builds the prompts as they would be, tuning nothing: random rows stand for what is to be tuned. For sizes and
    /// times, not for training.
    /// </summary>
    public void ComposeForMeasuring()
    {
        if (Configuration.TrainsModel)
        {
            Compose();
            return;
        }
        int length = SourceBank.LengthOf(Configuration, _loaded), width = Model.Config.ModelWidth;
        SourcePrompt[] sources =
        [
            .. Configuration.Sources.Where(static source => source.Origin != SourceOrigin.Random).Select(
                source => _loaded.GetValueOrDefault(source.Name)
                ?? new SourcePrompt(source.Name,
                    PromptStarts.Create(PromptStart.Uniform, Model, length, (ulong)Configuration.Seed, source.Name),
                    width)),
        ];
        PromptPlan plan = Plan(sources) with
        {
            Starts = _tasks.ToDictionary(
                static task => task.Codec.Task.Name,
                task => new SourcePrompt(
                    task.Codec.Task.Name, PromptStarts.Create(
                    PromptStart.Uniform, Model, length, (ulong)Configuration.Seed, "start"), width)),
            Evidence = [.. _tasks.Select(_ => new double[sources.Length])],
        };
        Build(plan);
    }

    /// <summary>Trains, from the folder's checkpoint on where it has one.</summary>
    /// <param name="folder">
    /// Gets the history, the router's, TensorBoard's file and checkpoints; null for a run in memory alone.
    /// </param>
    /// <param name="progress">Called after every step.</param>
    /// <param name="evaluated">Called after every evaluation on validation examples.</param>
    /// <param name="cancellation">Stops between steps, with a checkpoint.</param>
    /// <exception cref="TrainingDivergedException">
    /// The loss or a gradient is not finite; <see cref="Prompts"/> are the last good ones.
    /// </exception>
    /// <exception cref="CheckpointException">The folder's checkpoint is broken, or of another run.</exception>
    public TrainingOutcome Train(
        RunFolder? folder = null, Action<TrainingStep>? progress = null, Action<TrainingEvaluation>? evaluated = null,
            CancellationToken cancellation = default)
    {
        string? checkpoint = folder?.PathOf(RunFolder.CheckpointName);
        using Trainer trainer = CreateTrainer();
        List<TrainingStep> steps = [];
        RunTracking? tracking = null;
        if (folder is not null)
        {
            if (CheckpointFile.IsIn(checkpoint!)) trainer.Restore(checkpoint!);
            tracking = new RunTracking(
                folder, RouterHistory.EveryOf(Configuration.Training), Configuration.Training.Steps,
                () => (Prompts as PromptMethod)?.Router);
            steps.AddRange(tracking.Begin(trainer.StepCount, trainer.EvaluatedStep));
        }
        trainer.Run(
            new TrainingHooks
            {
                Progress = step =>
                {
                    steps.Add(step);
                    tracking?.Add(step);
                    progress?.Invoke(step);
                },
                Evaluate = SelectionScore,
                Evaluated = evaluation =>
                {
                    tracking?.Add(evaluation);
                    evaluated?.Invoke(evaluation);
                },
                CheckpointFolder = checkpoint,
            },
            cancellation);
        long rows = (long)steps.Count * Configuration.Training.Batch * (
            Configuration.Training.Batching == Batching.Mixed ? 1 : _tasks.Length);
        return new TrainingOutcome(steps, rows, trainer.Best, _tasks.Sum(static task => task.Selection.Count));
    }

    /// <summary>
    /// Measures what training and evaluation will cost, changing nothing: each with the longest batch it has.
    /// </summary>
    public TrainingEstimate Estimate(CancellationToken cancellation = default)
    {
        MeasureStages(cancellation);
        TrainingEstimate estimate;
        using (Trainer trainer = CreateTrainer()) estimate = trainer.Estimate(cancellation);
        foreach (RunTask task in _tasks)
        {
            int batch = Configuration.Evaluation.Batch;
            EncodedExample[] longest = task.Test.Select(task.Codec.Encode).Chunk(batch)
                .MaxBy(static part => part.Sum(static example => example.Source.Length))!;
            _ = EvaluateOn(task, longest, cancellation);
        }
        return estimate.AfterAll();
    }

    /// <summary>Refuses to go on with a run in whose folder other settings stand.</summary>
    /// <exception cref="ConfigurationException">They differ; the message lists where.</exception>
    public void CheckUnchanged(RunFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        string path = folder.PathOf(RunFolder.ConfigName);
        if (!File.Exists(path)) return;
        RunRecord before = RunRecord.Load(path);
        IReadOnlyList<string> differences = SettingDifferences.Between(
            Describe(before.Configuration, before.Model), Describe(Configuration, _identity));
        if (differences.Count > 0)
            throw new ConfigurationException(path, $"the run was begun with other settings: {SettingDifferences.Sentence(differences)}; expected the same, or another --out");
    }

    /// <summary>Evaluates every task on its evaluation examples.</summary>
    /// <param name="mask">What is left out of the prompts.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public IReadOnlyList<TaskEvaluation> Evaluate(PromptMask? mask = null, CancellationToken cancellation = default)
    {
        using EvaluationPrompts prompts = EvaluationPrompts.Of(Prompts, _backend, mask);
        return [.. _tasks.Select(task => TaskEvaluation.Run(
            Model, prompts.Prompts, task.Codec, [.. task.Test.Select(task.Codec.Encode)],
                Configuration.Evaluation.Batch, Configuration.Evaluation.By, cancellation,
            _progress))];
    }

    /// <summary>Writes <c>config.json</c>.</summary>
    public void SaveRecord(RunFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        folder.WriteJson(RunFolder.ConfigName, json => Record.Write(json, _backend));
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
        PromptsFile.Write(folder.PathOf(RunFolder.PromptsName), graph, _backend);
        if (graph.Router is { } router)
            folder.WriteJson(RunFolder.RouterName, json => router.Write(json));
    }

    /// <summary>
    /// Loads the saved run again, beside this one's model, and says whether it is the same to the last bit: every score
    /// of every example, and the target
    /// prompts composed anew from the saved parts.
    /// </summary>
    /// <param name="folder">Where it was saved.</param>
    /// <param name="evaluations">What <see cref="Evaluate"/> gave before.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public bool VerifyReload(
        RunFolder folder, IReadOnlyList<TaskEvaluation> evaluations, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(evaluations);
        using TrainedRun run = TrainedRun.Load(folder.FullPath, Model, Tokenizer);
        return run.ComposesToItself()
            && _tasks.Zip(evaluations).All(
                pair => run.Evaluate(pair.First.Codec.Task.Name, pair.First.Test, cancellation: cancellation,
                progress: _progress)
                .EqualsBitwise(pair.Second));
    }

    /// <summary>Frees the model and the prompts.</summary>
    public void Dispose()
    {
        _prompts?.Dispose();
        Model.Dispose();
    }

    private static System.Text.Json.JsonElement Describe(RunConfiguration configuration, ModelIdentity model)
    {
        using MemoryStream stream = new();
        using (System.Text.Json.Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            json.WriteString("model.sha256", model.Sha256);
            json.WritePropertyName("settings");
            // Where the model lies now is not what it is.
            RunConfigurationWriter.Write(json, configuration with { Model = ".", IsModelNamed = false });
            json.WriteEndObject();
        }
        using System.Text.Json.JsonDocument document = System.Text.Json.JsonDocument.Parse(stream.ToArray());
        return document.RootElement.Clone();
    }

    private Trainer CreateTrainer() => new(
        Model, Prompts, Array.ConvertAll(_tasks, static task => new TrainingTask(task.Codec, task.Training)),
            Configuration.Training.Resolve(Configuration.Prompt),
        (ulong)Configuration.Seed);

    /// <summary>Mean over the tasks of their first metric on the examples kept for selection.</summary>
    private double SelectionScore(CancellationToken cancellation) =>
        _tasks.Average(task => EvaluateOn(task, task.Selection, cancellation).Metrics[0].Value);

    private TaskEvaluation EvaluateOn(
        RunTask task, IReadOnlyList<EncodedExample> examples, CancellationToken cancellation)
    {
        using EvaluationPrompts prompts = EvaluationPrompts.Of(Prompts, _backend, null);
        EvaluationSettings settings = Configuration.Evaluation;
        return TaskEvaluation.Run(
            Model, prompts.Prompts, task.Codec, examples, settings.Batch, settings.By, cancellation, _progress);
    }

    /// <summary>Steps of the longest task whose prompt is tuned first.</summary>
    private void MeasureStages(CancellationToken cancellation)
    {
        IEnumerable<RunTask> tuned = Configuration.Prompt.Private.Start.Kind == PromptStart.Tuned
            ? _sourceTasks.Values.Concat(_tasks)
            : _sourceTasks.Values;
        RunTask? longest = tuned.MaxBy(static task => task.Training.Max(static example => example.Source.Length));
        if (longest is null) return;
        SourceStage stage = new(Model, Configuration, folder: null, progress: null, cancellation);
        stage.Measure(longest, SourceBank.LengthOf(Configuration, _loaded));
    }

    private void BuildFrom(SourceStage stage, List<SourcePrompt> sources, int length, CancellationToken cancellation)
    {
        PromptPlan plan = Plan(sources);
        StartSettings start = Configuration.Prompt.Private.Start;
        Dictionary<string, SourcePrompt> starts = [];
        if (start.Kind == PromptStart.Tuned)
        {
            foreach (RunTask task in _tasks)
            {
                string name = task.Codec.Task.Name;
                // A source prompt that was tuned on the very same examples is the same prompt.
                SourceSelection? same = Configuration.Sources.FirstOrDefault(
                    source => source.Task is not null && source.Steps is null
                    && ReferenceEquals(_sourceTasks[source.Name], task));
                starts[name] = same is null ? stage.Tune(name, task, length, Configuration.Training.Steps)
                    : sources.First(source => source.Name == same.Name);
            }
        }
        bool best = start is { Kind: PromptStart.Source, Source: StartSettings.Best };
        SourceEvidence? evidence = null;
        if (best || Configuration.Router.Start == RouterStart.Evidence)
        {
            SourcePrompt[] scaled = SourceScaling.Apply(
                [.. sources.Select(source => source.Take(length))], Configuration.Prompt.Sources.Scale,
                    () => PromptStarts.VocabularyRootMeanSquare(Model));
            evidence = Measure(scaled, cancellation);
            if (best)
            {
                for (int task = 0; task < _tasks.Length; task++)
                    starts[_tasks[task].Codec.Task.Name] = sources[evidence.Best[task]];
            }
        }
        Budget = new RunBudget(stage.Budget, evidence, [.. sources.Select(static source => source.Name)])
        {
            Starts = best ? starts.ToDictionary(static one => one.Key, static one => one.Value.Name) : [],
        };
        Build(plan with { Starts = starts, Evidence = evidence?.Logits });
    }

    private SourceEvidence Measure(SourcePrompt[] sources, CancellationToken cancellation)
    {
        try
        {
            EvidenceTask[] tasks = Array.ConvertAll(_tasks, static task => task.Evidence);
            return SourceEvidence.Measure(
                Model, sources, tasks, Configuration.Training.Batch, Configuration.Prompt.Position, cancellation);
        }
        catch (ArgumentException error)
        {
            // A loss that is not finite: of a broken model or prompt file.
            throw new ConfigurationException(Configuration.Place, $"sources: {error.Reason()}", error);
        }
    }

    private PromptPlan Plan(IReadOnlyList<SourcePrompt> sources) =>
        PromptPlans.Of(Configuration, Model, [.. Configuration.Tasks.Select(static task => task.Name)]) with
    {
        Tokenizer = Tokenizer,
        Sources = sources,
        AnonymousSources = [.. Configuration.Sources.Where(
            static source => source.Origin == SourceOrigin.Random).Select(static source => source.Name)],
    };

    private void Build(PromptPlan plan)
    {
        try
        {
            _prompts = PromptMethod.Create(plan);
        }
        catch (ArgumentException error)
        {
            throw new ConfigurationException(Configuration.Place, $"prompt: {error.Reason()}", error);
        }
    }
}
