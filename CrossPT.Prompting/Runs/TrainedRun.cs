using CrossPT.Prompting.Composition;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tasks;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Runs;

/// <summary>A trained run, loaded: its prompts before its model, ready to predict.</summary>
/// <remarks>Not for several threads at once: the back end computes on all of its own for one call.</remarks>
/// <example>
/// <code>
/// using TrainedRun run = TrainedRun.Load("runs/rte-mrpc-1");
/// Prediction answer = run.Predict("rte", new Dictionary&lt;string, string&gt; { ["sentence1"] = "A dog barks.", ["sentence2"] = "An animal barks." });
/// Console.WriteLine($"{answer.Word} {answer.Probability:P0}");
/// </code>
/// </example>
public sealed class TrainedRun : IDisposable
{
    private readonly Dictionary<string, TaskCodec> _codecs;
    private readonly List<IDisposable> _owned = [];

    private TrainedRun(string folder, RunRecord record, T5Model model, ITokenizer tokenizer)
    {
        (FolderPath, Record, Model) = (folder, record, model);
        if (record.Width != model.Config.ModelWidth)
            throw new ConfigurationException(folder, $"the run's prompts are {record.Width} wide, expected {model.Config.ModelWidth}, the width of the model");
        _codecs = record.Tasks.ToDictionary(static task => task.Name, task => new TaskCodec(task, tokenizer, model.Config, record.Configuration.Data.SourceLength));
        Prompts = PromptsFile.ReadTargets(
            Path.Combine(folder, RunFolder.PromptsName), [.. record.Tasks.Select(static task => task.Name)], record.PromptLength, record.Width, model.Backend);
    }

    /// <summary>Where it was loaded from.</summary>
    public string FolderPath { get; }

    /// <summary>What it was told and what it came to.</summary>
    public RunRecord Record { get; }

    /// <summary>The frozen model.</summary>
    public T5Model Model { get; }

    /// <summary>The tasks' target prompts.</summary>
    public TargetPrompts Prompts { get; }

    /// <summary>Loads a run and its model.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="model">The model's folder, where it is no longer where the run found it.</param>
    /// <param name="backend">Where to compute; null for the CPU, which the run then disposes.</param>
    /// <exception cref="ConfigurationException">The folder holds no run, or the model is another than it was trained with.</exception>
    public static TrainedRun Load(string folder, string? model = null, IBackend? backend = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        RunRecord record = RunRecord.Load(Path.Combine(folder, RunFolder.ConfigName));
        string modelFolder = model ?? record.Model.Path;
        if (!Directory.Exists(modelFolder)) throw new ConfigurationException(modelFolder, $"no such folder, expected the model '{record.Model.Name}' of the run {folder}");
        ModelIdentity found = ModelIdentity.Of(modelFolder);
        if (found.Sha256 != record.Model.Sha256)
            throw new ConfigurationException(modelFolder, $"holds a model with the SHA-256 {found.Sha256}, expected {record.Model.Sha256}, that of the run {folder}");
        // A tokenizer of its own that is gone, as when both were moved, is looked for with the model.
        string? tokenizer = record.Configuration.Data.Tokenizer;
        if (tokenizer is null || !(File.Exists(tokenizer) || Directory.Exists(tokenizer))) tokenizer = modelFolder;
        SentencePieceTokenizer pieces = SentencePieceTokenizer.Load(tokenizer);
        IBackend device = backend ?? new CpuBackend();
        T5Model? loaded = null;
        try
        {
            loaded = T5Model.Load(modelFolder, device);
            TrainedRun run = new(folder, record, loaded, pieces);
            run._owned.Add(loaded);
            if (backend is null) run._owned.Add(device);
            return run;
        }
        catch
        {
            loaded?.Dispose();
            if (backend is null) device.Dispose();
            throw;
        }
    }

    /// <summary>Loads a run for a model that is loaded already, which stays the caller's; that it is the run's own is the caller's word.</summary>
    /// <exception cref="ConfigurationException">The folder holds no run, or the model is of another width.</exception>
    public static TrainedRun Load(string folder, T5Model model, ITokenizer tokenizer)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        return new TrainedRun(folder, RunRecord.Load(Path.Combine(folder, RunFolder.ConfigName)), model, tokenizer);
    }

    /// <summary>Predicts the label of one row.</summary>
    /// <param name="task">One of the run's tasks.</param>
    /// <param name="fields">The text of each field.</param>
    /// <exception cref="ArgumentException">The task is not the run's, or a field is missing.</exception>
    public Prediction Predict(string task, IReadOnlyDictionary<string, string> fields) => Predict(task, [fields])[0];

    /// <summary>Predicts the labels of many rows, <see cref="EvaluationSettings.Batch"/> of them at a time.</summary>
    /// <exception cref="ArgumentException">The task is not the run's, or a field is missing.</exception>
    public Prediction[] Predict(string task, IReadOnlyList<IReadOnlyDictionary<string, string>> rows, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        TaskCodec codec = Codec(task);
        int[][] sources = [.. rows.Select(row => codec.Encode(codec.Task.Format(row)))];
        double[][] scores = LabelRanking.LogLikelihoods(
            Model, Prompts, Prompts.IndexOf(task), sources, codec.LabelIds, Record.Configuration.Evaluation.Batch, cancellation);
        return Array.ConvertAll(scores, score => Prediction.Of(codec.Task, score));
    }

    /// <summary>Evaluates a task's prompt on examples.</summary>
    /// <exception cref="ArgumentException">The task is not the run's, or there is no example.</exception>
    public TaskEvaluation Evaluate(string task, IReadOnlyList<TaskExample> examples, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(examples);
        TaskCodec codec = Codec(task);
        return TaskEvaluation.Run(Model, Prompts, codec, [.. examples.Select(codec.Encode)], Record.Configuration.Evaluation.Batch, cancellation);
    }

    /// <summary>The prompts composed anew of their saved parts: sources, router and private prompts; the caller disposes them.</summary>
    public PromptGraph LoadParts()
    {
        using TensorScope scope = new();
        return PromptBuilder.Recompose(
            TrainingRun.PlanOf(Record.Configuration, Model), [.. Record.Configuration.Sources.Select(static source => source.Name)],
            PromptsFile.ReadParts(Path.Combine(FolderPath, RunFolder.PromptsName), Model.Backend));
    }

    /// <summary>Frees the prompts, and the model and back end where they were loaded with the run.</summary>
    public void Dispose()
    {
        Prompts.Dispose();
        foreach (IDisposable owned in _owned) owned.Dispose();
    }

    private TaskCodec Codec(string task) => _codecs.TryGetValue(task, out TaskCodec? codec)
        ? codec
        : throw new ArgumentException($"The run has no task '{task}', only {string.Join(", ", Prompts.Tasks)}.", nameof(task));
}
