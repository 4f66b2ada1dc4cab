using CrossPT.Autograd;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Transformer;

/// <summary>
/// T5 (Raffel et al. 2020) with weights from Hugging Face checkpoints: v1.0, v1.1, LM-adapted, Flan. Frozen unless
/// asked otherwise: packed once, never copied, without gradients.
/// </summary>
/// <remarks>
/// Batches have no padding: B examples lie end to end in R rows, with their <see cref="SequenceOffsets"/>.
/// </remarks>
public sealed class T5Model : IDisposable
{
    private readonly T5Weights _weights;
    private readonly T5Embedding _embedding;
    private readonly T5Encoder _encoder;
    private readonly T5Decoder _decoder;

    private T5Model(T5Config config, IBackend backend, bool trainable, T5Weights? shared = null)
    {
        Config = config;
        Backend = backend;
        using TensorScope scope = new();
        _weights = new T5Weights(backend, trainable, shared);
        _embedding = new T5Embedding(config, _weights);
        _encoder = new T5Encoder(config, _weights, backend);
        _decoder = new T5Decoder(config, _weights, backend);
    }

    /// <summary>Sizes and switches.</summary>
    public T5Config Config { get; }

    /// <summary>Where the weights live.</summary>
    public IBackend Backend { get; }

    /// <summary>
    /// Trained weights by checkpoint name (of several in one variable, the first); empty for a frozen model.
    /// </summary>
    public IReadOnlyList<(string Name, Variable Variable)> Parameters => _weights.Variables;

    /// <summary>Assumptions made in loading that the configuration does not state, one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    /// <summary>Stored weights that the model does not use, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>
    /// A model folder's configuration with the head as the weights have it, as <see cref="Config"/> of the loaded model
    /// is.
    /// </summary>
    /// <exception cref="T5FormatException">The configuration is wrong.</exception>
    /// <exception cref="TensorFileException">A weight file is missing or broken.</exception>
    public static T5Config ReadConfig(string folder)
    {
        T5Config config = T5Config.Load(folder);
        if (!config.TieWordEmbeddings) return config;
        using ITensorSource source = TensorFiles.Open(folder);
        return new CheckpointTensors(source, config).Config;
    }

    /// <summary>
    /// What all matrices of a model folder are stored as, where that is <see cref="DType.BFloat16"/> or
    /// <see cref="DType.Float16"/>; else, and where the weights cannot be opened, <see cref="DType.Float32"/>. A CPU
    /// back end with weights of that type computes the same bits as one in float32, in half the memory.
    /// </summary>
    public static DType StoredType(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        try
        {
            using ITensorSource source = TensorFiles.Open(folder);
            DType[] types = [.. source.Entries.Where(static entry => entry.Shape.Rank == 2)
                .Select(static entry => entry.DType).Distinct()];
            return types is [DType.BFloat16 or DType.Float16] ? types[0] : DType.Float32;
        }
        catch (Exception error) when (error is TensorFileException or IOException or UnauthorizedAccessException)
        {
            return DType.Float32;
        }
    }

    /// <summary>
    /// Loads a model folder: <c>config.json</c> and the weights beside it (safetensors, sharded, or PyTorch).
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="backend">Where the weights are to live.</param>
    /// <param name="trainable">Whether the weights themselves are to be trained.</param>
    /// <param name="progress">Told of the bytes read.</param>
    /// <exception cref="T5FormatException">The configuration or the names and sizes of the weights are
    /// wrong.</exception>
    /// <exception cref="TensorFileException">A weight file is missing or broken.</exception>
    public static T5Model Load(
        string folder, IBackend backend, bool trainable = false, IProgress<WorkProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        T5Config config = T5Config.Load(folder);
        using ITensorSource source = TensorFiles.Open(folder);
        return Load(config, source, backend, trainable, progress);
    }

    /// <summary>
    /// A model with weights from any source. A head among them that differs from the embedding is used, also where the
    /// configuration calls it tied, as transformers 5 does of every model; <see cref="Config"/> then says so.
    /// </summary>
    /// <exception cref="T5FormatException">Names or sizes of the weights are wrong.</exception>
    public static T5Model Load(
        T5Config config, ITensorSource source, IBackend backend, bool trainable = false,
        IProgress<WorkProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(source);
        CheckpointTensors tensors = new(source, config);
        CheckpointLoader.CheckSize(tensors.Config, source);
        T5Model model = new(tensors.Config, backend, trainable) { Notes = tensors.Notes, Warnings = tensors.Warnings };
        try
        {
            model._weights.Load(tensors, progress);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>A model with random weights, drawn as Hugging Face draws them.</summary>
    public static T5Model Random(T5Config config, IBackend backend, ulong seed, bool trainable = false)
    {
        T5Model model = new(config, backend, trainable);
        model._weights.Initialize(seed);
        return model;
    }

    /// <summary>
    /// The same frozen model for another back end on the same device: the packed weights, which nothing writes to, are
    /// in memory once, and freed with the last model that shares them; norms and bias tables, a few kilobytes, are
    /// copied. So each of several threads computes with a back end of its own.
    /// </summary>
    /// <param name="backend">A back end of the same kind; the model's own will do.</param>
    /// <exception cref="InvalidOperationException">The model is trained, or disposed.</exception>
    /// <exception cref="ArgumentException">The back end is of another kind.</exception>
    public T5Model Share(IBackend backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        if (Parameters.Count > 0)
            throw new InvalidOperationException("Share: the model's weights are trained, expected a frozen model.");
        if (backend.GetType() != Backend.GetType())
            throw new ArgumentException(
                $"Share: weights on {Backend.Name} for {backend.Name}, expected a back end of the same kind.",
                nameof(backend));
        _weights.Retain();
        T5Model model = new(Config, backend, trainable: false, _weights) { Notes = Notes, Warnings = Warnings };
        model._weights.CopyPlain();
        return model;
    }

    /// <summary>
    /// Writes <c>config.json</c> and <c>model.safetensors</c> (float32), as Hugging Face's T5 reads them.
    /// </summary>
    public void Save(string folder) => CheckpointWriter.Save(Config, _weights.Parts, Backend, folder);

    /// <summary>Input embeddings [R, H] of token ids.</summary>
    /// <exception cref="ArgumentException">An id is outside the vocabulary.</exception>
    public Variable Embed(Tape tape, ReadOnlySpan<int> ids) => _embedding.Forward(tape, ids);

    /// <summary>
    /// Input embeddings [R, H] with prompt rows anywhere: row i is <paramref name="rows"/>[rowIndices[i]], or the
    /// embedding of ids[i] where the index is negative.
    /// </summary>
    /// <exception cref="ArgumentException">An id is outside the vocabulary, or the model's own embedding is
    /// trained.</exception>
    public Variable Embed(Tape tape, ReadOnlySpan<int> ids, Variable rows, ReadOnlySpan<int> rowIndices) =>
        _embedding.Forward(tape, ids, rows, rowIndices);

    /// <summary>
    /// Encoder states [R, H] of input embeddings [R, H]; with <paramref name="dropout"/> as in a step of training.
    /// </summary>
    public Variable Encode(Tape tape, Variable embeddings, SequenceOffsets sources, TrainingDropout? dropout = null)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        ArgumentNullException.ThrowIfNull(sources);
        if (embeddings.Shape != new Shape(sources.Rows, Config.ModelWidth))
            throw new ArgumentException(
                $"Encode: embeddings {embeddings.Shape}, expected [{sources.Rows}, {Config.ModelWidth}].");
        return _encoder.Forward(tape, embeddings, sources, dropout);
    }

    /// <summary>Logits [Ru, V] of teacher-forced targets over encoder states [R, H].</summary>
    public Variable Decode(
        Tape tape, TargetBatch targets, Variable states, SequenceOffsets sources, TrainingDropout? dropout = null)
    {
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(sources);
        if (targets.PerSource.Count != sources.Count)
            throw new ArgumentException(
                $"Decode: targets of {targets.PerSource.Count} sources over states of {sources.Count}.");
        Variable y = _embedding.Forward(tape, targets.InputIds);
        return _embedding.Head(
            tape, _decoder.Forward(tape, y, targets.Sequences, targets.PerSource, states, sources, dropout));
    }

    /// <summary>
    /// Mean cross-entropy [1] of the labels that are not ignored (or their sum, each row weighted by
    /// <paramref name="scales"/> [Ru]).
    /// </summary>
    /// <param name="tape">The tape.</param>
    /// <param name="targets">Ru rows.</param>
    /// <param name="states">Encoder states [R, H].</param>
    /// <param name="sources">Rows of each source.</param>
    /// <param name="scales">[Ru], or null for the mean.</param>
    /// <param name="dropout">That of the states' own step; null for none.</param>
    /// <param name="rowLosses">Receives each row's own cross-entropy [Ru], 0 where it is ignored; null for
    /// none.</param>
    /// <exception cref="ArgumentException">A label is outside the vocabulary, or all are ignored.</exception>
    public Variable Loss(
        Tape tape, TargetBatch targets, Variable states, SequenceOffsets sources, Tensor? scales = null,
        TrainingDropout? dropout = null, Tensor? rowLosses = null)
    {
        ArgumentNullException.ThrowIfNull(targets);
        Variable logits = Decode(tape, targets, states, sources, dropout);
        int counted = targets.Labels.Count(static label => label >= 0);
        if (scales is null && counted > 0)
        {
            // The mean, of what is known here: the operation would have to read the labels back from the device.
            scales = tape.Allocate(targets.Labels.Length);
            Backend.Elementwise.Fill(scales, 1.0 / counted);
        }
        return tape.CrossEntropy(logits, LabelTensor(targets), scales, rowLosses);
    }

    /// <summary>
    /// Greedy decoding with cached keys and values: the ids after the start id, per source, up to and with the end of
    /// sequence or <paramref name="maxTokens"/>; all sources are decoded together.
    /// </summary>
    /// <param name="states">Encoder states [R, H].</param>
    /// <param name="sources">Rows of each source.</param>
    /// <param name="maxTokens">Ids per source at most.</param>
    /// <param name="stopAtEnd">False to go on past the end of sequence.</param>
    public int[][] Generate(Tensor states, SequenceOffsets sources, int maxTokens, bool stopAtEnd = true)
        => GreedyDecoding.Run(this, _decoder, states, sources, maxTokens, stopAtEnd);

    /// <summary>Greedy decoding of a set of sequences that changes between steps; the caller disposes it.</summary>
    public GreedyDecoding StartDecoding() => new(this, _decoder);

    /// <summary>
    /// Log-likelihoods [sources][labels] of fixed label strings: the sum over all tokens of a label and its end of
    /// sequence, not normalised by length; one decoder pass over the shared encoder states.
    /// </summary>
    /// <param name="states">Encoder states [R, H].</param>
    /// <param name="sources">Rows of each source.</param>
    /// <param name="labels">Token ids of each label, end of sequence included; the same labels for every
    /// source.</param>
    public double[][] Rank(Tensor states, SequenceOffsets sources, IReadOnlyList<int[]> labels)
    {
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count == 0) throw new ArgumentException("Rank: no labels.", nameof(labels));
        return Rank(states, sources, Enumerable.Repeat(labels, sources.Count).ToArray());
    }

    /// <summary>Log-likelihoods [sources][labels of the source] where each source has labels of its own.</summary>
    /// <param name="states">Encoder states [R, H].</param>
    /// <param name="sources">Rows of each source.</param>
    /// <param name="labels">Token ids of each source's labels, end of sequence included.</param>
    public double[][] Rank(Tensor states, SequenceOffsets sources, IReadOnlyList<IReadOnlyList<int[]>> labels)
        => Ranking.LogLikelihoods(this, states, sources, labels);

    /// <summary>Frees all weights.</summary>
    public void Dispose()
    {
        _encoder.Dispose();
        _decoder.Dispose();
        _weights.Dispose();
    }

    /// <summary>The same logits; what the labels of a source have in common goes through the decoder once.</summary>
    internal Variable Decode(
        Tape tape, TargetBatch targets, SharedPrefixes prefixes, Variable states, SequenceOffsets sources)
    {
        Variable y = _embedding.Forward(tape, prefixes.Ids);
        y = _decoder.Forward(tape, y, targets.Sequences, prefixes.PerSource, states, sources, prefixes: prefixes);
        return tape.GatherRows(_embedding.Head(tape, y), prefixes.Rows);
    }

    internal Variable Head(Tape tape, Variable states) => _embedding.Head(tape, states);

    internal Tensor LabelTensor(TargetBatch targets)
    {
        for (int i = 0; i < targets.Labels.Length; i++)
            if (targets.Labels[i] >= Config.VocabularySize)
                throw new ArgumentException(
                    $"Loss: label {targets.Labels[i]} at row {i}, expected up to {Config.VocabularySize - 1}.");
        return TensorData.FromInt32(Backend, targets.Labels, targets.Labels.Length);
    }
}
