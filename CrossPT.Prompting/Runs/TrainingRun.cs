using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Runs;

/// <summary>A run from its configuration to its folder: what is loaded, trained, evaluated and saved.</summary>
public sealed class TrainingRun : IDisposable
{
    private readonly IBackend _backend;
    private readonly RunTask[] _tasks;

    private TrainingRun(RunRecord record, IBackend backend, T5Model model, ITokenizer tokenizer, RunTask[] tasks, RoutedPrompts prompts)
    {
        (Record, _backend, Model, Tokenizer, _tasks, Prompts) = (record, backend, model, tokenizer, tasks, prompts);
    }

    /// <summary>What it was told and what it came to.</summary>
    public RunRecord Record { get; }

    /// <summary>The frozen model.</summary>
    public T5Model Model { get; }

    /// <summary>Its tokenizer.</summary>
    public ITokenizer Tokenizer { get; }

    /// <summary>The prompts: before training, where they start.</summary>
    public RoutedPrompts Prompts { get; }

    /// <summary>Numbers that are trained.</summary>
    public long TrainableNumbers => Prompts.Parameters.Sum(static parameter => parameter.Variable.Value.Length);

    /// <summary>Loads everything a run needs; what is quick to check comes before the model's weights.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="backend">Where to compute; not owned.</param>
    /// <exception cref="ConfigurationException">A value does not fit the model, the data or the source prompts.</exception>
    /// <exception cref="IOException">A file is missing or broken; the message names it.</exception>
    public static TrainingRun Prepare(RunConfiguration configuration, IBackend backend)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(backend);
        if (!Directory.Exists(configuration.Model)) throw new ConfigurationException(configuration.Place, $"model: no folder {configuration.Model}, expected a model folder");
        T5Config config = T5Config.Load(configuration.Model);
        ITokenizer tokenizer = SentencePieceTokenizer.Load(configuration.Data.Tokenizer ?? configuration.Model);
        RunTask[] tasks = [.. configuration.Tasks.Select(task => RunTask.Load(configuration, task, tokenizer, config))];
        SourcePrompt[] sources = SourceBank.Load(configuration, config.ModelWidth);
        ModelIdentity identity = ModelIdentity.Of(configuration.Model);
        T5Model model = T5Model.Load(configuration.Model, backend);
        try
        {
            RunRecord record = new(configuration, identity, [.. tasks.Select(static task => task.Codec.Task)], sources[0].Length, config.ModelWidth);
            return new TrainingRun(record, backend, model, tokenizer, tasks, CreatePrompts(configuration, model, sources));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Trains.</summary>
    /// <param name="progress">Called after every step.</param>
    /// <param name="cancellation">Stops between steps, after a checkpoint.</param>
    /// <param name="checkpointFolder">Where checkpoints go; null for none.</param>
    /// <returns>All steps.</returns>
    /// <exception cref="TrainingDivergedException">The loss or a gradient is not finite; <see cref="Prompts"/> are the last good ones.</exception>
    public IReadOnlyList<TrainingStep> Train(Action<TrainingStep>? progress = null, CancellationToken cancellation = default, string? checkpointFolder = null)
    {
        RunConfiguration configuration = Record.Configuration;
        TrainingTask[] tasks = Array.ConvertAll(_tasks, static task => new TrainingTask(task.Codec, task.Training));
        using Trainer trainer = new(Model, Prompts, tasks, configuration.Training.Resolve(configuration.Prompt), (ulong)configuration.Seed);
        List<TrainingStep> steps = [];
        TrainingHooks hooks = new()
        {
            Progress = step =>
            {
                steps.Add(step);
                progress?.Invoke(step);
            },
            CheckpointFolder = checkpointFolder,
        };
        trainer.Run(hooks, cancellation);
        return steps;
    }

    /// <summary>Evaluates every task on its validation examples.</summary>
    public IReadOnlyList<TaskEvaluation> Evaluate(CancellationToken cancellation = default)
    {
        using TargetPrompts targets = TargetPrompts.Collapse(Prompts, _backend);
        return [.. _tasks.Select(task => TaskEvaluation.Run(
            Model, targets, task.Codec, [.. task.Validation.Select(task.Codec.Encode)], Record.Configuration.Evaluation.Batch, cancellation))];
    }

    /// <summary>Writes <c>config.json</c>.</summary>
    public void SaveRecord(RunFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        folder.WriteJson(RunFolder.ConfigName, json => Record.Write(json, _backend));
    }

    /// <summary>Writes <c>prompts.safetensors</c> and <c>router.json</c>.</summary>
    public void SavePrompts(RunFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        using (TargetPrompts targets = TargetPrompts.Collapse(Prompts, _backend)) PromptsFile.Write(folder.PathOf(RunFolder.PromptsName), Prompts, targets);
        folder.WriteJson(RunFolder.RouterName, json => RouterReport.Write(json, Prompts));
    }

    /// <summary>
    /// Loads the saved run again, beside this one's model, and says whether it is the same to the last bit: every score of every validation example, and
    /// the target prompts composed anew from the saved sources, router and private prompts.
    /// </summary>
    /// <param name="folder">Where it was saved.</param>
    /// <param name="evaluations">What <see cref="Evaluate"/> gave before.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public bool VerifyReload(RunFolder folder, IReadOnlyList<TaskEvaluation> evaluations, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(evaluations);
        using TrainedRun run = TrainedRun.Load(folder.FullPath, Model, Tokenizer);
        using RoutedPrompts trainable = run.LoadTrainable();
        using TargetPrompts composed = TargetPrompts.Collapse(trainable, _backend);
        return composed.Rows.ToDoubles().SequenceEqual(run.Prompts.Rows.ToDoubles())
            && _tasks.Zip(evaluations).All(pair => run.Evaluate(pair.First.Codec.Task.Name, pair.First.Validation, cancellation).EqualsBitwise(pair.Second));
    }

    /// <summary>Frees the model and the prompts.</summary>
    public void Dispose()
    {
        Prompts.Dispose();
        Model.Dispose();
    }

    private static RoutedPrompts CreatePrompts(RunConfiguration configuration, T5Model model, IReadOnlyList<SourcePrompt> sources)
    {
        string[] tasks = [.. configuration.Tasks.Select(static task => task.Name)];
        ulong seed = (ulong)configuration.Seed;
        sources = SourceScaling.Apply(sources, configuration.Prompt.Sources.Scale, () => PromptStarts.VocabularyRootMeanSquare(model));
        try
        {
            float[][] privates = [.. tasks.Select(task => PromptStarts.Create(configuration.Prompt.Private.Start.Kind, model, sources[0].Length, seed, task))];
            Router router = new(model.Backend, new float[tasks.Length * sources.Count], tasks.Length, sources.Count, configuration.Router.Temperature);
            return new RoutedPrompts(model.Backend, tasks, sources, privates, router);
        }
        catch (ArgumentException error)
        {
            throw new ConfigurationException(configuration.Place, $"prompt: {error.Message}", error);
        }
    }
}
