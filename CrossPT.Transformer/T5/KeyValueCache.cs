using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>Keys and values of the positions decoded so far, of one decoder block: [B · positions, 2·N·D], a sequence's positions end to end.</summary>
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
