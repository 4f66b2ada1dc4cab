using System.Globalization;
using CrossPT.Autograd;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Language;
using CrossPT.Prompting.Tasks;
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

/// <summary>Makes the streams a configuration asks for.</summary>
internal static class PretrainingMixture
{
    public static ExampleMixture Create(
        PretrainingConfiguration configuration, T5Config model, ITokenizer tokenizer, InventedLanguage? language)
    {
        List<(IExampleStream, double)> streams = [];
        if (language is not null)
        {
            (double texts, double tasks) = (configuration.Language!.TextShare, configuration.Language.TaskShare);
            if (texts > 0)
                streams.Add((new LanguageTextStream(language, tokenizer, Spans(configuration, tokenizer)), texts));
            if (tasks > 0) streams.Add((new LanguageTaskStream(language, tokenizer), tasks));
        }
        if (configuration.Corpus is { } corpus)
        {
            SpanCorruption spans = Spans(configuration, tokenizer);
            if (configuration.SourceLength > spans.LongestText)
            {
                string problem = $"{configuration.SourceLength} tokens, expected {spans.LongestText} at most: the "
                    + $"tokenizer has no more sentinels";
                throw new ConfigurationException(configuration.Place, $"sourceLength: {problem}");
            }
            List<int[]> lines = [.. corpus.Files.SelectMany(file => CorpusFile.Read(file, tokenizer))];
            streams.Add((new CorpusStream(lines, configuration.SourceLength, spans), corpus.Share));
        }
        foreach (PretrainingTaskSelection task in configuration.Tasks)
            streams.Add((new TaskStream(Rows(configuration, task, model, tokenizer)), task.Share));
        return new ExampleMixture(streams, configuration.Training.Batch, (ulong)configuration.Seed);
    }

    private static SpanCorruption Spans(PretrainingConfiguration configuration, ITokenizer tokenizer)
    {
        try
        {
            return new SpanCorruption(tokenizer, configuration.Spans.Density, configuration.Spans.MeanLength);
        }
        catch (ArgumentException error)
        {
            throw new ConfigurationException(configuration.Place, $"spans: {error.Reason()}", error);
        }
    }

    private static EncodedExample[] Rows(
        PretrainingConfiguration configuration, PretrainingTaskSelection selection, T5Config model,
        ITokenizer tokenizer)
    {
        TaskDeclaration task = TaskDeclaration.Load(selection.Declaration);
        string before = selection.Prefix.Length > 0 ? selection.Prefix + " " : "";
        try
        {
            TaskCodec codec = new(task, tokenizer, model, configuration.SourceLength, before);
            return [.. TaskData.Read(selection.TrainFile, task).Select(codec.Encode)];
        }
        catch (ArgumentException error)
        {
            throw new ConfigurationException(configuration.Place, $"tasks: {error.Reason()}", error);
        }
    }
}

/// <summary>
/// All a pretraining run needs to go on bit for bit: <c>weights/NAME</c>, <c>optimizer/NAME</c>, and the steps done in
/// the metadata. Batches need nothing: they are functions of their step.
/// </summary>
internal static class PretrainingCheckpoint
{
    private const string Weights = "weights/", State = "optimizer/", StepsKey = "steps";

    public static void Write(string path, Pretrainer pretrainer)
    {
        IReadOnlyDictionary<string, Tensor> state = pretrainer.Optimizer.SaveState();
        try
        {
            SafetensorsWriter writer = new(
                new Dictionary<string, string>
                {
                    [StepsKey] = pretrainer.StepsDone.ToString(CultureInfo.InvariantCulture),
                });
            foreach ((string name, Variable variable) in pretrainer.Model.Parameters) writer.Add(
                Weights + name, variable.Value);
            foreach ((string name, Tensor tensor) in state) writer.Add(State + name, tensor);
            writer.Save(path);
        }
        finally
        {
            foreach (Tensor tensor in state.Values) tensor.Dispose();
        }
    }

    /// <summary>Puts weights and optimizer where they were.</summary>
    /// <exception cref="TensorFileException">The file is broken, or of another model.</exception>
    public static void Read(string path, Pretrainer pretrainer)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using TensorScope scope = new();
        Dictionary<string, Tensor> state = [];
        IBackend backend = pretrainer.Model.Backend;
        foreach (TensorEntry entry in file.Entries.Where(
            static entry => entry.Name.StartsWith(State, StringComparison.Ordinal)))
            state.Add(entry.Name[State.Length..], Copy(file, entry, entry.Shape, entry.DType, backend));
        Tensor[] weights = [.. pretrainer.Model.Parameters.Select(parameter =>
            Copy(
                file, file.Get(Weights + parameter.Name), parameter.Variable.Shape, parameter.Variable.Value.DType,
                backend))];
        try
        {
            pretrainer.Optimizer.RestoreState(state);
        }
        catch (ArgumentException error)
        {
            throw new TensorFileException(path, $"is no checkpoint of this run ({error.Reason()})", error);
        }
        for (int i = 0; i < weights.Length; i++)
            backend.Elementwise.Copy(weights[i], pretrainer.Model.Parameters[i].Variable.Value);
    }

    private static Tensor Copy(SafetensorsFile file, TensorEntry entry, Shape shape, DType type, IBackend backend)
    {
        if (entry.Shape != shape || entry.DType != type)
            throw new TensorFileException(file.Path, $"holds {entry}, expected {type} {shape}");
        byte[] bytes = new byte[checked(shape.Length * type.ByteSize())];
        file.Read(entry, 0, bytes);
        Tensor tensor = Tensor.Allocate(backend, shape, type);
        backend.CopyFromHost(bytes, tensor);
        return tensor;
    }
}
