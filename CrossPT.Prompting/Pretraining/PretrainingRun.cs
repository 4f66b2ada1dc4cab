using System.Globalization;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Language;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Pretraining;

/// <summary>Pretraining from its configuration to a model folder.</summary>
public sealed class PretrainingRun : IDisposable
{
    private static readonly string[] s_tokenizerFiles =
    [
        "spiece.model", WordTokenizerFile.JsonName, "tokenizer_config.json",
    ];

    // The weight, its gradient, and two moments of the optimizer.
    private const int CopiesOfAWeight = 4;

    private readonly PretrainingConfiguration _configuration;
    private readonly Pretrainer _pretrainer;

    private PretrainingRun(
        PretrainingConfiguration configuration, ITokenizer tokenizer, InventedLanguage? language, T5Model model,
        ExampleMixture mixture)
    {
        (_configuration, Tokenizer, Language, Model) = (configuration, tokenizer, language, model);
        _pretrainer = new Pretrainer(model, mixture, configuration.Training);
    }

    /// <summary>The model that is trained.</summary>
    public T5Model Model { get; }

    /// <summary>Its tokenizer.</summary>
    public ITokenizer Tokenizer { get; }

    /// <summary>The built-in language where it is part of the mixture.</summary>
    public InventedLanguage? Language { get; }

    /// <summary>Numbers that are trained.</summary>
    public long TrainableNumbers => Model.Parameters.Sum(static parameter => parameter.Variable.Value.Length);

    /// <summary>Steps done.</summary>
    public int StepsDone => _pretrainer.StepsDone;

    /// <summary>Loads what a run needs and draws the first weights.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="backend">Where to compute; not owned.</param>
    /// <exception cref="ConfigurationException">A value does not fit the data.</exception>
    /// <exception cref="IOException">A file is missing or broken; the message names it.</exception>
    public static PretrainingRun Prepare(PretrainingConfiguration configuration, IBackend backend)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        InventedLanguage? language = configuration.Language is { } selected
            ? new InventedLanguage(selected.Seed)
            : null;
        SentencePieceTokenizer tokenizer =
            language?.CreateTokenizer() ?? SentencePieceTokenizer.Load(configuration.Tokenizer!);
        if (tokenizer.PadId < 0 || tokenizer.EndOfSequenceId < 0)
            throw new ConfigurationException(
                configuration.Place,
                $"tokenizer: {configuration.Tokenizer} has no padding or no end of sequence, expected both");
        T5Config model = configuration.Model.ToConfig() with
        {
            VocabularySize = tokenizer.VocabularySize,
            PadId = tokenizer.PadId,
            EndOfSequenceId = tokenizer.EndOfSequenceId,
            DecoderStartId = tokenizer.PadId,
        };
        CheckSize(configuration, model);
        ExampleMixture mixture = PretrainingMixture.Create(configuration, model, tokenizer, language);
        return new PretrainingRun(
            configuration, tokenizer, language,
            T5Model.Random(model, backend, (ulong)configuration.Seed, trainable: true), mixture);
    }

    /// <summary>Writes settings and tokenizer into a new folder.</summary>
    public void Begin(PretrainingFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (Language is not null) AtomicFile.Write(folder.PathOf(WordTokenizerFile.JsonName), Language.WriteTokenizer);
        else CopyTokenizer(folder);
        // Last: with it, the folder is one to resume.
        folder.WriteJson(PretrainingFolder.SettingsName, _configuration.Write);
    }

    /// <summary>Goes on from the folder's checkpoint, or from the start where there is none yet.</summary>
    /// <exception cref="TensorFileException">The checkpoint is broken, or of another model.</exception>
    public void Resume(PretrainingFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (File.Exists(folder.CheckpointPath)) PretrainingCheckpoint.Read(folder.CheckpointPath, _pretrainer);
        folder.KeepHistory(StepsDone);
    }

    /// <summary>Trains to the end, with checkpoints on the way.</summary>
    /// <param name="folder">Where they go.</param>
    /// <param name="progress">Called after every step.</param>
    /// <param name="cancellation">Stops after the step at hand, with a checkpoint.</param>
    /// <exception cref="OperationCanceledException">It was cancelled; the checkpoint is written.</exception>
    /// <exception cref="PretrainingDivergedException">The loss or the gradient is not finite; the last checkpoint
    /// stands.</exception>
    public void Train(
        PretrainingFolder folder, Action<PretrainingStep>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        List<PretrainingStep> unwritten = [];
        while (!_pretrainer.IsDone)
        {
            if (cancellation.IsCancellationRequested) Checkpoint(folder, unwritten);
            cancellation.ThrowIfCancellationRequested();
            PretrainingStep step = _pretrainer.Step();
            unwritten.Add(step);
            progress?.Invoke(step);
            if (step.Number % _configuration.Training.CheckpointEvery == 0 || _pretrainer.IsDone)
                Checkpoint(folder, unwritten);
        }
    }

    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c>.</summary>
    public void SaveModel(PretrainingFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        Model.Save(folder.FullPath);
    }

    /// <summary>Frees the model and the optimizer's state.</summary>
    public void Dispose()
    {
        _pretrainer.Dispose();
        Model.Dispose();
    }

    /// <summary>Refuses sizes whose weights alone would fill the memory, before any is taken.</summary>
    private static void CheckSize(PretrainingConfiguration configuration, T5Config model)
    {
        double needed = CopiesOfAWeight * sizeof(float) * model.WeightCount;
        double available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed <= available / 2) return;
        string problem = string.Create(
            CultureInfo.InvariantCulture,
            $"model: {model.WeightCount:N0} weights, which take {needed / (1 << 20):N0} MB to train, expected at most "
                + $"half of the {available / (1 << 20):N0} MB of memory");
        throw new ConfigurationException(configuration.Place, problem);
    }

    // The history first: a checkpoint without its steps could not be told, steps without theirs are dropped on
    // resuming.
    private void Checkpoint(PretrainingFolder folder, List<PretrainingStep> unwritten)
    {
        folder.Append(unwritten);
        unwritten.Clear();
        Directory.CreateDirectory(Path.GetDirectoryName(folder.CheckpointPath)!);
        PretrainingCheckpoint.Write(folder.CheckpointPath, _pretrainer);
    }

    private void CopyTokenizer(PretrainingFolder folder)
    {
        string tokenizer = _configuration.Tokenizer!;
        string[] files = Directory.Exists(tokenizer)
            ? [.. s_tokenizerFiles.Select(name => Path.Combine(tokenizer, name)).Where(File.Exists)]
            : [tokenizer];
        foreach (string file in files)
        {
            // A file of any name is found again by the one its kind has in a model folder.
            string name = files.Length > 1 || s_tokenizerFiles.Contains(Path.GetFileName(file))
                ? Path.GetFileName(file)
                : file.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? s_tokenizerFiles[1]
                : s_tokenizerFiles[0];
            byte[] bytes = File.ReadAllBytes(file);
            AtomicFile.Write(folder.PathOf(name), stream => stream.Write(bytes));
        }
    }
}
