using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Runs;

/// <summary>A run whose model, data and source prompts are loaded.</summary>
/// <remarks>
/// <see cref="Run.Execute"/> does the whole of a run; this is for looking at one before it is trained.
/// </remarks>
public sealed class PreparedRun : IDisposable
{
    private readonly RunTask[] _tasks;
    private readonly Dictionary<string, SourcePrompt> _loaded;
    private readonly Dictionary<string, RunTask> _sourceTasks;
    private readonly ModelIdentity _identity;

    private PreparedRun(
        RunConfiguration configuration, IBackend backend, T5Model model, ModelIdentity identity, RunInputs inputs,
        IProgress<WorkProgress>? progress)
    {
        Configuration = configuration;
        Backend = backend;
        Model = model;
        Tokenizer = inputs.Tokenizer;
        Progress = progress;
        _identity = identity;
        _tasks = inputs.Tasks;
        _loaded = inputs.Sources;
        _sourceTasks = inputs.SourceTasks;
    }

    /// <summary>The run's configuration.</summary>
    public RunConfiguration Configuration { get; }

    /// <summary>The model: frozen but in full fine-tuning.</summary>
    public T5Model Model { get; }

    /// <summary>Its tokenizer.</summary>
    public ITokenizer Tokenizer { get; }

    /// <summary>The tasks with their examples.</summary>
    public IReadOnlyList<RunTask> Tasks => _tasks;

    /// <summary>
    /// Label words that the model cannot read whole, and what may be wrong with the rows, a sentence each.
    /// </summary>
    public IReadOnlyList<string> Warnings =>
    [
        .. _tasks.Concat(_sourceTasks.Values).SelectMany(static task => task.Codec.Warnings).Distinct(),
        .. _tasks.SelectMany(static task => task.Check?.Warnings ?? []),
    ];

    /// <summary>Configuration, model and tasks; the prompts' length is known once they are composed.</summary>
    public RunRecord Record => RecordOf(promptLength: 0);

    internal IBackend Backend { get; }

    internal IProgress<WorkProgress>? Progress { get; }

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
    public static PreparedRun Load(
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
        return new PreparedRun(configuration, backend, model, identity, inputs, progress);
    }

    /// <summary>
    /// Tunes the prompts that must be tuned first, measures evidence where it is asked for, and builds the run's
    /// prompts.
    /// </summary>
    /// <param name="folder">Keeps what was tuned, for a run that is stopped; null keeps nothing.</param>
    /// <param name="listener">Told of every step of tuning.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>The prompts before their training; the caller disposes them before this run.</returns>
    /// <exception cref="ConfigurationException">Settings contradict each other.</exception>
    public ComposedRun Compose(
        RunFolder? folder = null, IRunListener? listener = null, CancellationToken cancellation = default)
    {
        if (Configuration.TrainsModel) return FineTuning();
        int length = SourceBank.LengthOf(Configuration, _loaded);
        SourceStage stage = new(Model, Configuration, folder, step => listener?.Stepped(step), cancellation);
        List<SourcePrompt> sources = [];
        foreach (SourceSelection selection in Configuration.Sources)
        {
            int steps = selection.Steps ?? Configuration.Training.Steps;
            if (selection.Origin == SourceOrigin.File) sources.Add(_loaded[selection.Name]);
            else if (selection.Origin == SourceOrigin.Trained)
                sources.Add(stage.Tune(selection.Name, _sourceTasks[selection.Name], length, steps));
        }
        Dictionary<string, SourcePrompt> starts = TuneStarts(stage, sources, length);
        SourcePrompt[] scaled = Scale(sources, length);
        SourceEvidence? evidence = MeasureEvidence(scaled, cancellation);
        Dictionary<string, string> chosen = [];
        if (StartsFromBest)
        {
            for (int task = 0; task < _tasks.Length; task++)
            {
                SourcePrompt best = sources[evidence!.Best[task]];
                starts[_tasks[task].Codec.Task.Name] = best;
                chosen[_tasks[task].Codec.Task.Name] = best.Name;
            }
        }
        RunBudget budget = new(stage.Budget, evidence, [.. sources.Select(static source => source.Name)])
        {
            Starts = chosen,
        };
        PromptPlan plan = Plan(sources) with { Starts = starts, Evidence = evidence?.Logits };
        if (Configuration.Router.Start != RouterStart.Trials) return Build(plan, budget);
        SourceTrials trials = RunTrials(plan with { Sources = scaled }, evidence!, listener, cancellation);
        return Build(trials.Plan(plan), budget with { Trials = trials });
    }

    /// <summary>
    /// The prompts as they would be, with nothing tuned: random rows stand for what is to be tuned. For sizes and
    /// times, not for training.
    /// </summary>
    public ComposedRun ComposeForMeasuring()
    {
        if (Configuration.TrainsModel) return FineTuning();
        int length = SourceBank.LengthOf(Configuration, _loaded);
        List<SourcePrompt> sources = [];
        foreach (SourceSelection selection in Configuration.Sources)
        {
            if (selection.Origin == SourceOrigin.Random) continue;
            sources.Add(_loaded.GetValueOrDefault(selection.Name) ?? Random(selection.Name, selection.Name, length));
        }
        PromptPlan plan = Plan(sources) with
        {
            Starts = _tasks.Select(static task => task.Codec.Task.Name)
                .ToDictionary(static name => name, name => Random(name, "start", length)),
            Evidence = [.. _tasks.Select(_ => new double[sources.Count])],
        };
        bool trials = Configuration.Router.Start == RouterStart.Trials;
        return Build(trials ? SourceTrials.None(plan).Plan(plan) : plan, RunBudget.None);
    }

    /// <summary>Steps of the longest task whose prompt is tuned first, for the memory that tuning takes.</summary>
    internal void MeasureStages(CancellationToken cancellation)
    {
        IEnumerable<RunTask> tuned = Configuration.Prompt.Private.Start.Kind == PromptStart.Tuned
            ? _sourceTasks.Values.Concat(_tasks)
            : _sourceTasks.Values;
        RunTask? longest = tuned.MaxBy(static task => task.Training.Max(static example => example.Source.Length));
        if (longest is null) return;
        SourceStage stage = new(Model, Configuration, folder: null, progress: null, cancellation);
        stage.Measure(longest, SourceBank.LengthOf(Configuration, _loaded));
    }

    /// <summary>Refuses to go on with a run in whose folder other settings stand.</summary>
    /// <exception cref="ConfigurationException">They differ; the message lists where.</exception>
    public void CheckUnchanged(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        string path = Path.Combine(folder, RunFolder.ConfigName);
        if (!File.Exists(path)) return;
        RunRecord before = RunRecord.Load(path);
        foreach (RunTask task in _tasks) RunTask.CheckDivision(before, task.Codec.Task);
        IReadOnlyList<string> differences = SettingDifferences.Between(
            Describe(before.Configuration, before.Model), Describe(Configuration, _identity));
        if (differences.Count == 0) return;
        throw new ConfigurationException(
            path,
            $"the run was begun with other settings: {SettingDifferences.Sentence(differences)}; "
            + "expected the same, or another --out");
    }

    /// <summary>Writes <c>config.json</c>.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="promptLength">Rows of a composed prompt, P; 0 before there are any.</param>
    public void SaveRecord(RunFolder folder, int promptLength)
    {
        ArgumentNullException.ThrowIfNull(folder);
        RunRecord record = RecordOf(promptLength);
        folder.WriteJson(RunFolder.ConfigName, json => record.Write(json, Backend));
    }

    /// <summary>Frees the model.</summary>
    public void Dispose() => Model.Dispose();

    private static ConfigValue Describe(RunConfiguration configuration, ModelIdentity model) => ConfigValue.Of(
    [
        ("model.sha256", ConfigValue.Of(model.Sha256)),
        // Where the model lies now is not what it is.
        ("settings", (configuration with { Model = ".", IsModelNamed = false }).ToValue()),
    ]);

    private bool StartsFromBest =>
        Configuration.Prompt.Private.Start is { Kind: PromptStart.Source, Source: StartSettings.Best };

    private RunRecord RecordOf(int promptLength)
    {
        TaskDeclaration[] tasks = [.. _tasks.Select(static task => task.Codec.Task)];
        return new RunRecord(Configuration, _identity, tasks, promptLength, Model.Config.ModelWidth);
    }

    private ComposedRun FineTuning()
    {
        string[] names = [.. Configuration.Tasks.Select(static task => task.Name)];
        return new ComposedRun(this, new FullFineTuning(Model, names), RunBudget.None);
    }

    private SourcePrompt Random(string name, string stream, int length)
    {
        float[] rows = PromptStarts.Create(PromptStart.Uniform, Model, length, (ulong)Configuration.Seed, stream);
        return new SourcePrompt(name, rows, Model.Config.ModelWidth);
    }

    /// <summary>By task, the prompts that private prompts start from where those are tuned first.</summary>
    private Dictionary<string, SourcePrompt> TuneStarts(SourceStage stage, List<SourcePrompt> sources, int length)
    {
        Dictionary<string, SourcePrompt> starts = [];
        if (Configuration.Prompt.Private.Start.Kind != PromptStart.Tuned) return starts;
        foreach (RunTask task in _tasks)
        {
            string name = task.Codec.Task.Name;
            // A source prompt that was tuned on the very same examples is the same prompt.
            SourceSelection? same = Configuration.Sources.FirstOrDefault(source =>
                source is { Task: not null, Steps: null } && ReferenceEquals(_sourceTasks[source.Name], task));
            starts[name] = same is null
                ? stage.Tune(name, task, length, Configuration.Training.Steps)
                : sources.First(source => source.Name == same.Name);
        }
        return starts;
    }

    /// <summary>Losses behind each source prompt, where the router or the private prompts start from them.</summary>
    private SourceEvidence? MeasureEvidence(SourcePrompt[] scaled, CancellationToken cancellation)
    {
        bool isMeasured = Configuration.Router.Start is RouterStart.Evidence or RouterStart.Trials;
        if (!StartsFromBest && !isMeasured) return null;
        try
        {
            TrainingTask[] tasks = Array.ConvertAll(_tasks, static task => task.ForTraining);
            return SourceEvidence.Measure(
                Model, scaled, tasks, Configuration.Training.Batch, Configuration.Prompt.Position, cancellation);
        }
        catch (ArgumentException error)
        {
            // A loss that is not finite: of a broken model or prompt file.
            throw new ConfigurationException(Configuration.Place, $"sources: {error.Reason()}", error);
        }
    }

    private SourceTrials RunTrials(
        PromptPlan plan, SourceEvidence evidence, IRunListener? listener, CancellationToken cancellation)
    {
        int steps = SourceTrials.LengthOf(Configuration.Training.Steps);
        try
        {
            MethodChecks.CrossPt(plan, [.. plan.Sources.Select(static source => source.Name)]);
            TrainingTask[] tasks = Array.ConvertAll(_tasks, static task => task.ForTraining);
            TrainingSettings settings = Configuration.Training.Resolve(Configuration.Prompt);
            return SourceTrials.Run(
                plan, evidence, tasks, settings, step => listener?.Stepped(new StageStep("trials", steps, step)),
                cancellation);
        }
        catch (ArgumentException error)
        {
            throw new ConfigurationException(Configuration.Place, $"prompt: {error.Reason()}", error);
        }
    }

    /// <summary>The loaded and tuned source prompts at the length and size they have in the run.</summary>
    private SourcePrompt[] Scale(List<SourcePrompt> sources, int length) =>
        SourceScaling.Apply(
            [.. sources.Select(source => source.Take(length))], Configuration.Prompt.Sources.Scale,
            () => PromptStarts.VocabularyRootMeanSquare(Model));

    private PromptPlan Plan(IReadOnlyList<SourcePrompt> sources)
    {
        IEnumerable<SourceSelection> random = Configuration.Sources.Where(
            static source => source.Origin == SourceOrigin.Random);
        string[] tasks = [.. Configuration.Tasks.Select(static task => task.Name)];
        return PromptPlans.Of(Configuration, Model, tasks) with
        {
            Tokenizer = Tokenizer,
            Sources = sources,
            AnonymousSources = [.. random.Select(static source => source.Name)],
        };
    }

    private ComposedRun Build(PromptPlan plan, RunBudget budget)
    {
        try
        {
            return new ComposedRun(this, PromptMethod.Create(plan), budget);
        }
        catch (ArgumentException error)
        {
            throw new ConfigurationException(Configuration.Place, $"prompt: {error.Reason()}", error);
        }
    }
}
