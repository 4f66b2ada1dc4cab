using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>
/// Greedy decoding with cached keys and values, step by step, of a set of sequences that changes: between steps new
/// ones join and finished ones leave, each at a position of its own. Not for several threads at once.
/// </summary>
public sealed class GreedyDecoding : IDisposable
{
    private readonly T5Model _model;
    private readonly T5Decoder _decoder;
    private readonly DecodingState _state;
    private int[] _last = [];

    internal GreedyDecoding(T5Model model, T5Decoder decoder)
    {
        _model = model;
        _decoder = decoder;
        _state = decoder.Start();
    }

    /// <summary>Sequences being decoded, B.</summary>
    public int Count => _last.Length;

    /// <summary>Adds a sequence for each source, after those that are there.</summary>
    /// <param name="states">Encoder states [R, H]; they may be disposed afterwards.</param>
    /// <param name="sources">Rows of each source.</param>
    public void Join(Tensor states, SequenceOffsets sources)
    {
        ArgumentNullException.ThrowIfNull(states);
        ArgumentNullException.ThrowIfNull(sources);
        if (sources.Count == 0) return;
        using TensorScope scope = new();
        using Tape tape = new(_model.Backend, recording: false);
        _decoder.Join(tape, _state, Variable.Constant(states), sources);
        int[] started = new int[sources.Count];
        Array.Fill(started, _model.Config.DecoderStartId);
        _last = [.. _last, .. started];
    }

    /// <summary>The next id of each sequence, in the order in which they joined.</summary>
    public int[] Step()
    {
        if (Count == 0) return [];
        using TensorScope scope = new();
        using Tape tape = new(_model.Backend, recording: false);
        Variable logits = _model.Head(tape, _decoder.Step(tape, _model.Embed(tape, _last), _state));
        Tensor best = Tensor.Allocate(_model.Backend, new Shape(Count), DType.Int32);
        _model.Backend.Reduction.ArgMax(logits.Value, best);
        _last = best.ToInt32();
        return [.. _last];
    }

    /// <summary>Whether an id is an end of sequence.</summary>
    public bool IsEnd(int id) =>
        id == _model.Config.EndOfSequenceId || _model.Config.OtherEndIds.Contains(id);

    /// <summary>Drops all sequences but those at these places, given in ascending order.</summary>
    public void Keep(IReadOnlyList<int> places)
    {
        ArgumentNullException.ThrowIfNull(places);
        if (places.Count == Count) return;
        _state.Keep(places, _model.Backend);
        _last = [.. places.Select(place => _last[place])];
    }

    /// <summary>Frees the caches.</summary>
    public void Dispose() => _state.Dispose();

    /// <summary>
    /// Decodes all sources together: the ids after the start id, per source, up to and with the end of sequence or
    /// <paramref name="maxTokens"/>.
    /// </summary>
    internal static int[][] Run(
        T5Model model, T5Decoder decoder, Tensor states, SequenceOffsets sources, int maxTokens, bool stopAtEnd)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxTokens);
        List<int>[] ids = new List<int>[sources.Count];
        for (int i = 0; i < ids.Length; i++) ids[i] = [];
        using GreedyDecoding decoding = new(model, decoder);
        if (maxTokens > 0) decoding.Join(states, sources);
        int[] open = [.. Enumerable.Range(0, decoding.Count)];
        for (int step = 0; step < maxTokens && open.Length > 0; step++)
        {
            int[] next = decoding.Step();
            List<int> going = [];
            for (int i = 0; i < next.Length; i++)
            {
                ids[open[i]].Add(next[i]);
                if (!stopAtEnd || !decoding.IsEnd(next[i])) going.Add(i);
            }
            decoding.Keep(going);
            if (going.Count < open.Length) open = [.. going.Select(place => open[place])];
        }
        return Array.ConvertAll(ids, static list => list.ToArray());
    }
}

/// <summary>Ranking of fixed label strings by their log-likelihood.</summary>
internal static class Ranking
{
    /// <summary>Label tokens that are decoded together: bounds the logits, [label tokens, V].</summary>
    private const int MaxRows = 512;

    public static double[][] LogLikelihoods(
        T5Model model, Tensor states, SequenceOffsets sources, IReadOnlyList<IReadOnlyList<int[]>> labels)
    {
        ArgumentNullException.ThrowIfNull(states);
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count != sources.Count)
            throw new ArgumentException($"Rank: labels of {labels.Count} sources for {sources.Count}.", nameof(labels));
        double[][] scores = new double[sources.Count][];
        for (int first = 0; first < sources.Count;)
        {
            int count = 0;
            int targetRows = 0;
            while (first + count < sources.Count)
            {
                targetRows += labels[first + count].Sum(static label => label.Length);
                if (count > 0 && targetRows > MaxRows) break;
                count++;
            }
            int[] lengths = new int[count];
            for (int i = 0; i < count; i++) lengths[i] = sources.LengthOf(first + i);
            IReadOnlyList<int[]>[] targets = [.. labels.Skip(first).Take(count)];
            using TensorScope scope = new();
            using Tape tape = new(model.Backend, recording: false);
            TargetBatch batch = TargetBatch.Create(
                model.Config, [.. targets.SelectMany(static own => own)], [.. targets.Select(static own => own.Count)]);
            Tensor rows = states.Slice(sources[first], sources[first + count] - sources[first]);
            SequenceOffsets offsets = SequenceOffsets.FromLengths(lengths);
            SharedPrefixes prefixes = SharedPrefixes.Of(batch, model.Backend);
            Tensor logits = model.Decode(tape, batch, prefixes, Variable.Constant(rows), offsets).Value;
            Tensor losses = tape.Allocate(batch.Labels.Length);
            model.Backend.Loss.CrossEntropy(logits, model.LabelTensor(batch), losses, null, null);
            Sum(losses.ToDoubles(), batch.Sequences, targets, scores.AsSpan(first, count));
            first += count;
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

    private static void Sum(
        double[] losses, SequenceOffsets sequences, IReadOnlyList<int[]>[] labels, Span<double[]> scores)
    {
        int sequence = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = new double[labels[i].Count];
            for (int label = 0; label < scores[i].Length; label++, sequence++)
            {
                for (int row = sequences[sequence]; row < sequences[sequence + 1]; row++)
                    scores[i][label] -= losses[row];
            }
        }
    }
}

/// <summary>
/// Positions that labels of one source share: a decoder state depends on the source and on the ids up to its position
/// alone, so M rows stand for the Ru positions of all labels. Only self-attention needs every position.
/// </summary>
internal sealed class SharedPrefixes
{
    private SharedPrefixes(int[] ids, SequenceOffsets perSource, Tensor rows, Tensor positions)
    {
        Ids = ids;
        PerSource = perSource;
        Rows = rows;
        Positions = positions;
    }

    /// <summary>Decoder input ids [M].</summary>
    public int[] Ids { get; }

    /// <summary>The M rows by source.</summary>
    public SequenceOffsets PerSource { get; }

    /// <summary>Int32 [Ru]: the row of each position.</summary>
    public Tensor Rows { get; }

    /// <summary>Int32 [M]: the first position of each row.</summary>
    public Tensor Positions { get; }

    /// <summary>The shared positions of a batch, source by source.</summary>
    public static SharedPrefixes Of(TargetBatch batch, IBackend backend)
    {
        List<int> ids = [];
        List<int> positions = [];
        int[] rows = new int[batch.InputIds.Length];
        int[] lengths = new int[batch.PerSource.Count];
        for (int source = 0, label = 0; source < lengths.Length; source++)
        {
            int before = ids.Count;
            Dictionary<(int Previous, int Id), int> found = [];
            for (; label < batch.Sequences.Count && batch.Sequences[label] < batch.PerSource[source + 1]; label++)
            {
                int row = -1;
                for (int position = batch.Sequences[label]; position < batch.Sequences[label + 1]; position++)
                {
                    (int, int) key = (row, batch.InputIds[position]);
                    if (!found.TryGetValue(key, out row))
                    {
                        row = ids.Count;
                        found.Add(key, row);
                        ids.Add(batch.InputIds[position]);
                        positions.Add(position);
                    }
                    rows[position] = row;
                }
            }
            lengths[source] = ids.Count - before;
        }
        return new SharedPrefixes(
            [.. ids], SequenceOffsets.FromLengths(lengths), TensorData.FromInt32(backend, rows, rows.Length),
            TensorData.FromInt32(backend, positions.ToArray(), positions.Count));
    }
}

/// <summary>
/// What decoding carries from step to step: of every block the projected encoder states and the cache of past
/// positions, of every sequence how many positions it holds.
/// </summary>
internal sealed class DecodingState(IReadOnlyList<DecodingState.Block> blocks) : IDisposable
{
    private int[] _held = [];

    /// <summary>Rows of each source in the projected encoder states.</summary>
    public SequenceOffsets Sources { get; private set; } = SequenceOffsets.FromLengths([]);

    /// <summary>What each block holds.</summary>
    public IReadOnlyList<Block> Blocks => blocks;

    /// <summary>
    /// Adds sequences without positions; their projected states are appended to each block's beforehand.
    /// </summary>
    public void Join(SequenceOffsets sources)
    {
        _held = [.. _held, .. new int[sources.Count]];
        Sources = SequenceOffsets.FromLengths([.. Lengths(Sources), .. Lengths(sources)]);
    }

    /// <summary>Begins the next position of every sequence, of all blocks alike.</summary>
    public DecodingStep Advance(IBackend backend)
    {
        DecodingStep step = new(_held, backend);
        for (int i = 0; i < _held.Length; i++) _held[i]++;
        return step;
    }

    /// <summary>Drops all sequences but some.</summary>
    public void Keep(IReadOnlyList<int> places, IBackend backend)
    {
        using TensorScope scope = new();
        Tensor sourceRows = Rows(Sources, places, backend);
        Tensor cacheRows = Rows(SequenceOffsets.FromLengths(_held), places, backend);
        foreach (Block block in blocks)
        {
            block.Keys = Gather(block.Keys!, sourceRows, backend);
            block.Values = Gather(block.Values!, sourceRows, backend);
            block.Cache.Keep(cacheRows);
        }
        _held = [.. places.Select(place => _held[place])];
        SequenceOffsets before = Sources;
        Sources = SequenceOffsets.FromLengths([.. places.Select(before.LengthOf)]);
    }

    public void Dispose()
    {
        foreach (Block block in blocks) block.Dispose();
    }

    /// <summary>Some rows as a matrix of their own, in place of one that is freed.</summary>
    internal static Tensor Gather(Tensor matrix, Tensor rows, IBackend backend)
    {
        Tensor gathered = TensorScope.Detach(Tensor.Allocate(backend, (int)rows.Length, matrix.Columns));
        backend.Index.GatherRows(matrix, rows, gathered);
        matrix.Dispose();
        return gathered;
    }

    private static IEnumerable<int> Lengths(SequenceOffsets offsets) =>
        Enumerable.Range(0, offsets.Count).Select(offsets.LengthOf);

    private static Tensor Rows(SequenceOffsets offsets, IReadOnlyList<int> places, IBackend backend)
    {
        int[] rows = [.. places.SelectMany(place => Enumerable.Range(offsets[place], offsets.LengthOf(place)))];
        return TensorData.FromInt32(backend, rows, rows.Length);
    }

    /// <summary>What one decoder block holds of all sequences.</summary>
    internal sealed class Block(KeyValueCache cache) : IDisposable
    {
        /// <summary>Keys of the encoder states [R, N·D]; null while there is no sequence.</summary>
        public Tensor? Keys { get; set; }

        /// <summary>Values of the encoder states [R, N·D].</summary>
        public Tensor? Values { get; set; }

        /// <summary>Keys and values of the positions decoded so far.</summary>
        public KeyValueCache Cache => cache;

        public void Dispose()
        {
            Keys?.Dispose();
            Values?.Dispose();
            cache.Dispose();
        }
    }
}

/// <summary>
/// How every block's cache grows by a position: sequences lie end to end, so that old rows move and new ones go between
/// them. Made once a step and not once a block, because each table is uploaded to the device.
/// </summary>
internal sealed class DecodingStep
{
    /// <summary>A step that gives every sequence one position more than it holds, with a query each.</summary>
    public DecodingStep(ReadOnlySpan<int> held, IBackend backend)
    {
        int[] lengths = new int[held.Length];
        for (int i = 0; i < lengths.Length; i++) lengths[i] = held[i] + 1;
        Queries = SequenceOffsets.Uniform(held.Length, 1);
        Keys = SequenceOffsets.FromLengths(lengths);
        int[] old = new int[Keys.Rows];
        int[] added = new int[Keys.Rows];
        Array.Fill(added, -1);
        for (int i = 0, from = 0; i < held.Length; i++)
        {
            for (int position = 0; position < held[i]; position++) old[Keys[i] + position] = from++;
            old[Keys[i + 1] - 1] = -1;
            added[Keys[i + 1] - 1] = i;
        }
        OldRows = TensorData.FromInt32(backend, old, old.Length);
        NewRows = TensorData.FromInt32(backend, added, added.Length);
    }

    /// <summary>One row of each sequence.</summary>
    public SequenceOffsets Queries { get; }

    /// <summary>Rows of each sequence's keys, with the new one.</summary>
    public SequenceOffsets Keys { get; }

    /// <summary>Int32 [rows of the keys]: where each row of the grown cache lay before; −1 for a new one.</summary>
    public Tensor OldRows { get; }

    /// <summary>Int32 [rows of the keys]: the sequence whose new row each one is; −1 for an old one.</summary>
    public Tensor NewRows { get; }
}

/// <summary>
/// Keys and values of the positions decoded so far, of one decoder block: [all positions, 2·N·D], the positions of each
/// sequence end to end.
/// </summary>
internal sealed class KeyValueCache(int width, IBackend backend) : IDisposable
{
    private Tensor? _rows;

    /// <summary>[all positions, N·D].</summary>
    public Tensor Keys => _rows!.SliceColumns(0, width);

    /// <summary>[all positions, N·D].</summary>
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

    /// <summary>Drops all rows but some.</summary>
    public void Keep(Tensor rows)
    {
        if (_rows is not null) _rows = DecodingState.Gather(_rows, rows, backend);
    }

    public void Dispose() => _rows?.Dispose();
}
