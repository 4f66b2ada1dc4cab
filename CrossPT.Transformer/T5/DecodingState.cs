using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>What decoding carries from step to step: of every block the projected encoder states and the cache of past positions.</summary>
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
