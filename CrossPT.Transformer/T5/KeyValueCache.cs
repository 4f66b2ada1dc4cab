using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>Keys and values of the positions decoded so far, of one decoder block: [B · positions, 2·N·D], a sequence's positions end to end.</summary>
internal sealed class KeyValueCache(int sequences, int width, IBackend backend) : IDisposable
{
    private Tensor? _rows;

    /// <summary>Sequences, B.</summary>
    public int Sequences => sequences;

    /// <summary>Positions held of each sequence.</summary>
    public int Positions { get; private set; }

    /// <summary>Rows of each sequence.</summary>
    public SequenceOffsets Offsets { get; private set; } = SequenceOffsets.Uniform(sequences, 0);

    /// <summary>[B · positions, N·D].</summary>
    public Tensor Keys => _rows!.SliceColumns(0, width);

    /// <summary>[B · positions, N·D].</summary>
    public Tensor Values => _rows!.SliceColumns(width, width);

    /// <summary>Adds a position: keys and values side by side, [B, 2·N·D].</summary>
    public void Append(Tensor keysAndValues)
    {
        int positions = Positions + 1;
        Tensor grown = TensorScope.Detach(Tensor.Allocate(backend, sequences * positions, 2 * width));
        int[] old = new int[sequences * positions], added = new int[sequences * positions];
        for (int i = 0; i < old.Length; i++)
        {
            (int sequence, int position) = Math.DivRem(i, positions);
            old[i] = position < Positions ? (sequence * Positions) + position : -1;
            added[i] = position < Positions ? -1 : sequence;
        }
        if (_rows is not null) backend.Index.GatherRows(_rows, TensorData.FromInt32(backend, old, old.Length), grown);
        backend.Index.GatherRows(keysAndValues, TensorData.FromInt32(backend, added, added.Length), grown);
        _rows?.Dispose();
        _rows = grown;
        Positions = positions;
        Offsets = SequenceOffsets.Uniform(sequences, positions);
    }

    public void Dispose() => _rows?.Dispose();
}
