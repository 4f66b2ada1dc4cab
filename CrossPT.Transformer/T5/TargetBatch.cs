using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>
/// Target sequences for teacher forcing, end to end without padding: what the decoder reads (the start id, then each
/// target but its last token) and what it is to predict.
/// </summary>
public sealed class TargetBatch
{
    /// <summary>Label that the loss leaves out.</summary>
    public const int Ignored = -100;

    private TargetBatch(int[] inputIds, int[] labels, SequenceOffsets sequences, SequenceOffsets perSource)
    {
        InputIds = inputIds;
        Labels = labels;
        Sequences = sequences;
        PerSource = perSource;
    }

    /// <summary>Decoder input ids [Ru].</summary>
    public int[] InputIds { get; }

    /// <summary>Label ids [Ru]; negative ones are ignored.</summary>
    public int[] Labels { get; }

    /// <summary>Rows of each target.</summary>
    public SequenceOffsets Sequences { get; }

    /// <summary>Rows of all targets of each source.</summary>
    public SequenceOffsets PerSource { get; }

    /// <summary>One target a source: the tokens to predict, end-of-sequence included.</summary>
    /// <exception cref="ArgumentException">A target is empty.</exception>
    public static TargetBatch Create(T5Config config, IReadOnlyList<int[]> targets) => Create(config, targets, 1);

    /// <summary><paramref name="perSource"/> targets a source, those of the first source first.</summary>
    /// <exception cref="ArgumentException">A target is empty, or the number of targets is no multiple of
    /// <paramref name="perSource"/>.</exception>
    public static TargetBatch Create(T5Config config, IReadOnlyList<int[]> targets, int perSource)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(targets);
        if (perSource < 1 || targets.Count % perSource != 0)
            throw new ArgumentException($"TargetBatch: {targets.Count} targets, {perSource} a source.");
        int[] counts = new int[targets.Count / perSource];
        Array.Fill(counts, perSource);
        return Create(config, targets, counts);
    }

    /// <summary>
    /// As many targets of each source as <paramref name="counts"/> says, those of the first source first.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// A target is empty, or the counts do not add up to the targets.
    /// </exception>
    public static TargetBatch Create(T5Config config, IReadOnlyList<int[]> targets, ReadOnlySpan<int> counts)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(targets);
        List<int> inputs = [];
        List<int> labels = [];
        int[] lengths = new int[targets.Count];
        int[] sums = new int[counts.Length];
        int place = 0;
        for (int source = 0; source < counts.Length; source++)
        {
            for (int end = place + counts[source]; place < end; place++)
            {
                if (place >= targets.Count)
                    throw new ArgumentException($"TargetBatch: {targets.Count} targets, expected more.");
                int[] target = targets[place];
                if (target.Length == 0)
                    throw new ArgumentException(
                        $"TargetBatch: target {place} is empty, expected at least the end of sequence.");
                inputs.Add(config.DecoderStartId);
                // An ignored label is fed as padding, as Hugging Face's shift does.
                for (int j = 0; j + 1 < target.Length; j++) inputs.Add(target[j] < 0 ? config.PadId : target[j]);
                labels.AddRange(target);
                lengths[place] = target.Length;
                sums[source] += target.Length;
            }
        }
        if (place < targets.Count)
            throw new ArgumentException($"TargetBatch: {targets.Count} targets, expected {place}.");
        return new TargetBatch(
            [.. inputs], [.. labels], SequenceOffsets.FromLengths(lengths), SequenceOffsets.FromLengths(sums));
    }

    /// <summary>Decoder inputs and labels given side by side, one target a source.</summary>
    public static TargetBatch Create(IReadOnlyList<int[]> inputs, IReadOnlyList<int[]> labels)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(labels);
        int[] lengths = [.. inputs.Select(static input => input.Length)];
        if (!lengths.SequenceEqual(labels.Select(static label => label.Length)))
            throw new ArgumentException("TargetBatch: decoder inputs and labels differ in length.");
        SequenceOffsets sequences = SequenceOffsets.FromLengths(lengths);
        return new TargetBatch(
            [.. inputs.SelectMany(static x => x)], [.. labels.SelectMany(static x => x)], sequences, sequences);
    }
}
