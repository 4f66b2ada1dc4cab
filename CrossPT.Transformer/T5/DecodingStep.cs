using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>
/// How every block's cache grows by a position: sequences lie end to end, so that old rows move and new ones go between them. Made once a step and not once a
/// block, for a device has each table sent over.
/// </summary>
internal sealed class DecodingStep
{
    /// <summary>A step from <paramref name="held"/> positions of each sequence to one more, with a query a sequence.</summary>
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
