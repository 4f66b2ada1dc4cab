using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>Greedy decoding.</summary>
internal static class Generation
{
    public static int[][] Greedy(
        T5Model model, T5Decoder decoder, Tensor states, SequenceOffsets sources, int maxTokens, bool stopAtEnd)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxTokens);
        int count = sources.Count;
        int[] ends = [model.Config.EndOfSequenceId, .. model.Config.OtherEndIds];
        List<int>[] ids = new List<int>[count];
        for (int i = 0; i < count; i++) ids[i] = [];
        if (count == 0 || maxTokens == 0) return Array.ConvertAll(ids, static list => list.ToArray());

        using Tape tape = new(model.Backend, recording: false);
        using TensorScope outer = new();
        using DecodingState state = decoder.Start(tape, Variable.Constant(states), sources);
        int[] last = new int[count];
        Array.Fill(last, model.Config.DecoderStartId);
        bool[] done = new bool[count];
        for (int step = 0; step < maxTokens && !(stopAtEnd && Array.TrueForAll(done, static d => d)); step++)
        {
            using TensorScope scope = new();
            Variable logits = model.Head(tape, decoder.Step(tape, model.Embed(tape, last), state));
            Tensor best = Tensor.Allocate(model.Backend, new Shape(count), DType.Int32);
            model.Backend.Reduction.ArgMax(logits.Value, best);
            last = best.ToInt32();
            for (int i = 0; i < count; i++)
            {
                if (!done[i] || !stopAtEnd) ids[i].Add(last[i]);
                done[i] |= ends.Contains(last[i]);
            }
        }
        return Array.ConvertAll(ids, static list => list.ToArray());
    }
}

/// <summary>Ranking of fixed label strings by their log-likelihood.</summary>
internal static class Ranking
{
    /// <summary>Sources whose labels are decoded together: bounds the logits, [sources · label tokens, V].</summary>
    private const int MaxRows = 512;

    public static double[][] LogLikelihoods(
        T5Model model, Tensor states, SequenceOffsets sources, IReadOnlyList<int[]> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count == 0) throw new ArgumentException("Rank: no labels.", nameof(labels));
        double[][] scores = new double[sources.Count][];
        int perSource = Math.Max(1, labels.Sum(static label => label.Length)), step = Math.Max(1, MaxRows / perSource);
        for (int first = 0; first < sources.Count; first += step)
        {
            int count = Math.Min(step, sources.Count - first);
            using TensorScope scope = new();
            using Tape tape = new(model.Backend, recording: false);
            int[] lengths = new int[count];
            List<int[]> targets = [];
            for (int i = 0; i < count; i++)
            {
                lengths[i] = sources.LengthOf(first + i);
                targets.AddRange(labels);
            }
            TargetBatch batch = TargetBatch.Create(model.Config, targets, labels.Count);
            Tensor rows = states.Slice(sources[first], sources[first + count] - sources[first]);
            Variable logits = model.Decode(tape, batch, Variable.Constant(rows), SequenceOffsets.FromLengths(lengths));
            Tensor losses = tape.Allocate(batch.Labels.Length);
            model.Backend.Loss.CrossEntropy(logits.Value, model.LabelTensor(batch), losses, null, null);
            Sum(losses.ToDoubles(), batch.Sequences, labels.Count, scores.AsSpan(first, count));
        }
        return scores;
    }

    /// <summary>Probabilities of labels from their log-likelihoods: softmax over the labels.</summary>
    public static double[] Probabilities(ReadOnlySpan<double> logLikelihoods)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (double value in logLikelihoods) largest = Math.Max(largest, value);
        double[] result = new double[logLikelihoods.Length];
        for (int i = 0; i < result.Length; i++) sum += result[i] = Math.Exp(logLikelihoods[i] - largest);
        for (int i = 0; i < result.Length; i++) result[i] /= sum;
        return result;
    }

    private static void Sum(double[] losses, SequenceOffsets sequences, int labels, Span<double[]> scores)
    {
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = new double[labels];
            for (int label = 0; label < labels; label++)
                for (int row = sequences[(i * labels) + label]; row < sequences[(i * labels) + label + 1]; row++)
                    scores[i][label] -= losses[row];
        }
    }
}

/// <summary>
/// State of step-by-step decoding: for every block, the projected encoder states and the cache of past positions.
/// </summary>
internal sealed class DecodingState(SequenceOffsets sources) : IDisposable
{
    private readonly List<(Tensor Keys, Tensor Values, KeyValueCache Cache)> _blocks = [];
    private readonly SequenceOffsets _queries = SequenceOffsets.Uniform(sources.Count, 1);
    private int _positions;

    /// <summary>Rows of each source.</summary>
    public SequenceOffsets Sources => sources;

    /// <summary>Begins the next position, of all blocks alike.</summary>
    public DecodingStep Advance(IBackend backend) => new(_queries, _positions++, backend);

    public (Tensor Keys, Tensor Values, KeyValueCache Cache) this[int block] => _blocks[block];

    public void Add(Tensor keys, Tensor values, KeyValueCache cache) => _blocks.Add((keys, values, cache));

    public void Dispose()
    {
        foreach ((Tensor keys, Tensor values, KeyValueCache cache) in _blocks)
        {
            keys.Dispose();
            values.Dispose();
            cache.Dispose();
        }
    }
}

/// <summary>
/// How every block's cache grows by a position: sequences lie end to end, so that old rows move and new ones go between
/// them. Made once a step and not once a block, for a device has each table sent over.
/// </summary>
internal sealed class DecodingStep
{
    /// <summary>
    /// A step from <paramref name="held"/> positions of each sequence to one more, with a query a sequence.
    /// </summary>
    public DecodingStep(SequenceOffsets queries, int held, IBackend backend)
    {
        int positions = held + 1;
        int[] old = new int[queries.Count * positions], added = new int[old.Length];
        for (int i = 0; i < old.Length; i++)
        {
            (int sequence, int position) = Math.DivRem(i, positions);
            old[i] = position < held ? (sequence * held) + position : -1;
            added[i] = position < held ? -1 : sequence;
        }
        Queries = queries;
        Keys = SequenceOffsets.Uniform(queries.Count, positions);
        OldRows = TensorData.FromInt32(backend, old, old.Length);
        NewRows = TensorData.FromInt32(backend, added, added.Length);
    }

    /// <summary>One row of each sequence.</summary>
    public SequenceOffsets Queries { get; }

    /// <summary>Rows of each sequence's keys, with the new one.</summary>
    public SequenceOffsets Keys { get; }

    /// <summary>Int32 [B · positions]: where each row of the grown cache lay before; −1 for a new one.</summary>
    public Tensor OldRows { get; }

    /// <summary>Int32 [B · positions]: the sequence whose new row each one is; −1 for an old one.</summary>
    public Tensor NewRows { get; }
}

/// <summary>
/// Keys and values of the positions decoded so far, of one decoder block: [B · positions, 2·N·D], a sequence's
/// positions end to end.
/// </summary>
internal sealed class KeyValueCache(int width, IBackend backend) : IDisposable
{
    private Tensor? _rows;

    /// <summary>[B · positions, N·D].</summary>
    public Tensor Keys => _rows!.SliceColumns(0, width);

    /// <summary>[B · positions, N·D].</summary>
    public Tensor Values => _rows!.SliceColumns(width, width);

    /// <summary>Adds a position: keys and values side by side, [B, 2·N·D].</summary>
    public void Append(Tensor keysAndValues, DecodingStep step)
    {
        Tensor grown = TensorScope.Detach(Tensor.Allocate(backend, step.Keys.Rows, 2 * width));
        if (_rows is not null) backend.Index.GatherRows(_rows, step.OldRows, grown);
        backend.Index.GatherRows(keysAndValues, step.NewRows, grown);
        _rows?.Dispose();
        _rows = grown;
    }

    public void Dispose() => _rows?.Dispose();
}
