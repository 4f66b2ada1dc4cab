using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>Source sequences end to end without padding: R ids and where each of the B examples begins.</summary>
public sealed class SourceBatch
{
    private SourceBatch(int[] ids, SequenceOffsets sequences)
    {
        Ids = ids;
        Sequences = sequences;
    }

    /// <summary>R token ids.</summary>
    public int[] Ids { get; }

    /// <summary>Rows of each example.</summary>
    public SequenceOffsets Sequences { get; }

    /// <summary>A batch of B sequences.</summary>
    public static SourceBatch Create(IReadOnlyList<int[]> sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        return new SourceBatch(
            [.. sources.SelectMany(static source => source)],
            SequenceOffsets.FromLengths([.. sources.Select(static source => source.Length)]));
    }

    /// <summary>
    /// A batch from padded input, as other libraries have it: ids and attention mask, both [B, T] row-major; padding is
    /// dropped, at the end of a row or at its start. T5 knows relative positions only, so the states of what remains
    /// are the same.
    /// </summary>
    /// <param name="ids">B · T token ids; those at padded positions do not matter.</param>
    /// <param name="mask">B · T numbers, 0 at padded positions.</param>
    /// <param name="length">T.</param>
    /// <exception cref="ArgumentException">The sizes do not fit, or a row has padding between its tokens: that would
    /// move positions.</exception>
    public static SourceBatch FromPadded(ReadOnlySpan<int> ids, ReadOnlySpan<int> mask, int length)
    {
        if (length < 1 || ids.Length != mask.Length || ids.Length % length != 0)
            throw new ArgumentException(
                $"SourceBatch: {ids.Length} ids and {mask.Length} mask values in rows of {length}.");
        List<int> kept = [];
        int[] lengths = new int[ids.Length / length];
        for (int row = 0; row < lengths.Length; row++)
        {
            ReadOnlySpan<int> rowMask = mask.Slice(row * length, length), rowIds = ids.Slice(row * length, length);
            int first = rowMask.IndexOfAnyExcept(0), last = rowMask.LastIndexOfAnyExcept(0);
            if (first < 0) continue;
            if (rowMask[first..(last + 1)].Contains(0))
                throw new ArgumentException(
                    $"SourceBatch: row {row} has padding between its tokens, expected it at one end.");
            kept.AddRange(rowIds[first..(last + 1)]);
            lengths[row] = last + 1 - first;
        }
        return new SourceBatch([.. kept], SequenceOffsets.FromLengths(lengths));
    }
}
