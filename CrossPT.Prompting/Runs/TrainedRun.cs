using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tasks;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Runs;

/// <summary>A trained run, loaded: its prompts before its model, ready to predict.</summary>
/// <remarks>
/// Not for several threads at once: the back end computes on all of its own for one call. Threads that share a run take
/// turns under one lock; runs with
/// back ends of their own are independent.
/// </remarks>
/// <example>
/// <code>
/// using TrainedRun run = TrainedRun.Load("runs/rte-mrpc-1");
/// Prediction answer = run.Predict("rte", new Dictionary&lt;string, string&gt; { ["sentence1"] = "A dog barks.",
/// ["sentence2"] = "An animal barks." });
/// Console.WriteLine($"{answer.Word} {answer.Probability:P0}");
/// </code>
/// </example>
public sealed class TrainedRun : IDisposable
{
    private readonly Dictionary<string, TaskCodec> _codecs;
    private readonly List<IDisposable> _owned = [];
    private readonly ITargetPrompts _prompts;

    private TrainedRun(string folder, RunRecord record, T5Model model, ITokenizer tokenizer)
    {
        (FolderPath, Record, Model, Tokenizer) = (folder, record, model, tokenizer);
        if (record.Width != model.Config.ModelWidth)
        {
            string file = Path.Combine(folder, RunFolder.ConfigName);
            throw new ConfigurationException(
                file, $"width: found {record.Width}, expected {model.Config.ModelWidth}, the model's");
        }
        _codecs = record.Tasks.ToDictionary(
            static task => task.Name, task => RunTask.CodecOf(record.Configuration, task, tokenizer, model.Config));
        if (record.Configuration.TrainsModel)
        {
            _prompts = FullFineTuning.Trained(record.TaskNames, record.Width);
            return;
        }
        _prompts = ReadTargets() ?? (ITargetPrompts)Compose();
        if (_prompts.Length == record.PromptLength) return;
        int rows = _prompts.Length;
        _prompts.Dispose();
        throw new ConfigurationException(
            PromptsPath,
            $"has prompts of {rows} rows, expected {record.PromptLength}, the promptLength of {RunFolder.ConfigName}");
    }

    /// <summary>Where it was loaded from.</summary>
    public string FolderPath { get; }

    /// <summary>Configuration and recorded outcome.</summary>
    public RunRecord Record { get; }

    /// <summary>Losses and scores of the training; null for a run that was loaded.</summary>
    public RunMetrics? Metrics { get; internal set; }

    /// <summary>The model.</summary>
    public T5Model Model { get; }

    /// <summary>Its tokenizer.</summary>
    public ITokenizer Tokenizer { get; }

    /// <summary>The tasks' prompts.</summary>
    public ITargetPrompts Prompts => _prompts;

    /// <summary>Names of the tasks.</summary>
    public IReadOnlyList<string> Tasks => _prompts.Tasks;

    /// <summary>Label words that the model cannot read whole, a sentence each.</summary>
    public IReadOnlyList<string> Warnings => [.. _codecs.Values.SelectMany(static codec => codec.Warnings)];

    internal string PromptsPath => Path.Combine(FolderPath, RunFolder.PromptsName);

    /// <summary>Loads a run and its model.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="model">The model's folder, where it is no longer where the run found it.</param>
    /// <param name="backend">
    /// Where to compute; null for the CPU, which the run then disposes: it keeps weights of 16 bits as they are.
    /// </param>
    /// <param name="progress">Told how loading goes.</param>
    /// <exception cref="ConfigurationException">
    /// The folder holds no run, or the model is another than it was trained with.
    /// </exception>
    public static TrainedRun Load(
        string folder, string? model = null, IBackend? backend = null, IProgress<WorkProgress>? progress = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        RunRecord record = RunRecord.Load(Path.Combine(folder, RunFolder.ConfigName));
        string modelFolder = FindModel(folder, model, record, progress), weights = modelFolder;
        SentencePieceTokenizer pieces = LoadTokenizer(record, modelFolder);
        // After full fine-tuning the run has a model of its own; the one it began with still gives the tokenizer.
        if (record.Configuration.TrainsModel) weights = Path.Combine(folder, RunFolder.ModelName);
        IBackend device = backend ?? new CpuBackend(weights: T5Model.StoredType(weights));
        T5Model? loaded = null;
        try
        {
            loaded = T5Model.Load(weights, device, progress: progress);
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

    /// <summary>
    /// Loads a run for a model that is loaded already, which stays the caller's; that it is the run's own is the
    /// caller's word.
    /// </summary>
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
    /// <exception cref="ArgumentException">
    /// The task is not the run's, it offers each row its own candidates, or a field is missing.
    /// </exception>
    public Prediction[] Predict(
        string task, IReadOnlyList<IReadOnlyDictionary<string, string>> rows, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return Predict(task, [.. rows.Select(static row => new Row(row))], cancellation);
    }

    /// <summary>
    /// Predicts the labels of many rows, or the candidates of rows that offer their own, as ReCoRD's do.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The task is not the run's, a field is missing, or candidates are, or are there where the task has labels.
    /// </exception>
    public Prediction[] Predict(string task, IReadOnlyList<Row> rows, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return Predict(task, [.. rows.Select((row, place) => Encode(task, row, place))], cancellation);
    }

    /// <summary>Predicts the labels, or own candidates, of encoded rows.</summary>
    /// <param name="task">One of the run's tasks.</param>
    /// <param name="examples">From <see cref="Encode"/>.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="ArgumentException">The task is not the run's.</exception>
    public Prediction[] Predict(
        string task, IReadOnlyList<EncodedExample> examples, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(examples);
        TaskCodec codec = Codec(task);
        double[][] scores = LabelRanking.LogLikelihoods(
            Model, _prompts, PlaceOf(task), examples, codec.LabelIds, Record.Configuration.Evaluation.Batch,
            cancellation);
        return [.. scores.Select((score, i) => Prediction.Of(codec.Task, examples[i].Example?.Candidates, score))];
    }

    /// <summary>Encodes a row, also while another thread predicts earlier ones.</summary>
    /// <param name="task">One of the run's tasks.</param>
    /// <param name="row">The row.</param>
    /// <param name="place">Its place among the rows, for messages.</param>
    /// <exception cref="ArgumentException">
    /// The task is not the run's, a field is missing, or candidates are, or are there where the task has labels.
    /// </exception>
    public EncodedExample Encode(string task, Row row, int place = 0)
    {
        TaskCodec codec = Codec(task);
        return codec.Encode(Example.Of(codec.Task, row, place));
    }

    /// <summary>Evaluates a task's prompt on examples.</summary>
    /// <param name="task">One of the run's tasks.</param>
    /// <param name="examples">The examples.</param>
    /// <param name="mask">Parts left out of the prompts, to measure their contribution.</param>
    /// <param name="by">By ranked label words or greedy text; null as the run was told.</param>
    /// <param name="prefix">
    /// A text prefix in place of the task's own, to see how much rests on it; null for its own.
    /// </param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <exception cref="ArgumentException">The task is not the run's, or there is no example.</exception>
    public TaskEvaluation Evaluate(
        string task, IReadOnlyList<Example> examples, PromptMask? mask = null, EvaluationMethod? by = null,
            string? prefix = null,
        CancellationToken cancellation = default, IProgress<WorkProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(examples);
        TaskCodec codec = prefix is null ? Codec(task) : Codec(task).WithPrefix(prefix);
        EvaluationMethod method = by ?? Record.Configuration.Evaluation.By;
        EncodedAhead encoded = new(codec, examples);
        int batch = Record.Configuration.Evaluation.Batch;
        if (mask is null || _prompts is FullFineTuning)
            return TaskEvaluation.Run(Model, _prompts, codec, encoded, batch, method, cancellation, progress);
        using PromptMethod graph = Compose();
        using EvaluationPrompts masked = EvaluationPrompts.Of(graph, Model.Backend, mask);
        return TaskEvaluation.Run(Model, masked.Prompts, codec, encoded, batch, method, cancellation, progress);
    }

    /// <summary>
    /// The prompts composed from their saved parts: sources, router and private prompts; the caller disposes them.
    /// </summary>
    /// <exception cref="ConfigurationException">The run has no prompts, or a part is missing.</exception>
    public PromptMethod Compose()
    {
        if (Record.Configuration.TrainsModel)
            throw new ConfigurationException(FolderPath, "has no prompts: all weights of its model were trained");
        using TensorScope scope = new();
        (IReadOnlyList<string> sources, Dictionary<string, Tensor> parts) = PromptsFile.ReadParts(
            PromptsPath, Model.Backend);
        return Compose(sources, parts);
    }

    /// <summary>Prompts of these settings, composed from parts.</summary>
    internal PromptMethod Compose(IReadOnlyList<string> sources, IReadOnlyDictionary<string, Tensor> parts)
    {
        try
        {
            return PromptMethod.Restore(
                PromptPlans.Of(Record.Configuration, Model, Record.TaskNames), sources, parts);
        }
        catch (ArgumentException error)
        {
            throw new ConfigurationException(PromptsPath, error.Reason(), error);
        }
    }

    /// <summary>Frees the prompts, and the model and back end where they were loaded with the run.</summary>
    public void Dispose()
    {
        _prompts.Dispose();
        foreach (IDisposable owned in _owned) owned.Dispose();
    }

    /// <summary>Has something freed together with the run.</summary>
    internal void Own(IDisposable owned) => _owned.Add(owned);

    /// <summary>The codec of a task.</summary>
    /// <exception cref="ArgumentException">The task is not the run's.</exception>
    internal TaskCodec Codec(string task) => _codecs.TryGetValue(task, out TaskCodec? codec)
        ? codec
        : throw new ArgumentException($"The run has no task '{task}', only {string.Join(", ", Tasks)}.", nameof(task));

    /// <summary>Whether the saved parts compose to the saved target prompts, to the last bit.</summary>
    internal bool ComposesToItself()
    {
        if (_prompts is not TargetPrompts targets) return true;
        using PromptMethod graph = Compose();
        using TargetPrompts composed = TargetPrompts.Collapse(graph, Model.Backend);
        return composed.Rows.ToDoubles().SequenceEqual(targets.Rows.ToDoubles());
    }

    private static string FindModel(string folder, string? model, RunRecord record, IProgress<WorkProgress>? progress)
    {
        string modelFolder = model ?? record.Model.Path;
        if (!Directory.Exists(modelFolder))
        {
            throw new ConfigurationException(
                modelFolder,
                $"no such folder, expected the model '{record.Model.Name}' of the run {folder}; "
                    + $"--model FOLDER says where it is");
        }
        ModelIdentity found = ModelIdentity.Of(modelFolder, progress);
        return found.Sha256 == record.Model.Sha256
            ? modelFolder
            : throw new ConfigurationException(
                modelFolder,
                $"holds a model with the SHA-256 {found.Sha256}, expected {record.Model.Sha256}, that of the run "
                    + $"{folder}");
    }

    private static SentencePieceTokenizer LoadTokenizer(RunRecord record, string modelFolder)
    {
        // A tokenizer of its own that is gone, as when both were moved, is looked for with the model.
        string? tokenizer = record.Configuration.Data.Tokenizer;
        return SentencePieceTokenizer.Load(
            tokenizer is not null && (File.Exists(tokenizer) || Directory.Exists(tokenizer)) ? tokenizer : modelFolder);
    }

    private TargetPrompts? ReadTargets() => PromptsFile.ReadTargets(PromptsPath, Record, Model.Backend);

    private int PlaceOf(string task)
    {
        for (int i = 0; i < Tasks.Count; i++)
        {
            if (Tasks[i] == task) return i;
        }
        throw new ArgumentException($"The run has no task '{task}', only {string.Join(", ", Tasks)}.", nameof(task));
    }
}
