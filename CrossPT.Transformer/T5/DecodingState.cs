using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>What decoding carries from step to step: of every block the projected encoder states and the cache of past positions.</summary>
internal sealed class DecodingState(SequenceOffsets sources) : IDisposable
{
    private readonly List<(Tensor Keys, Tensor Values, KeyValueCache Cache)> _blocks = [];

    /// <summary>Rows of each source.</summary>
    public SequenceOffsets Sources => sources;

    /// <summary>Positions decoded so far.</summary>
    public int Positions => _blocks[0].Cache.Positions;

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
