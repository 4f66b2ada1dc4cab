using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>Values per row and column that a block of scores needs beside its operands, in shared memory.</summary>
internal readonly struct ScoreLines
{
    private readonly ArrayView<float> _bias;
    private readonly ArrayView<uint> _key0;
    private readonly ArrayView<uint> _key1;
    private readonly int _edge;

    public ScoreLines(int edge)
    {
        _bias = SharedMemory.Allocate<float>(2 * edge);
        _key0 = SharedMemory.Allocate<uint>(edge);
        _key1 = SharedMemory.Allocate<uint>(edge);
        _edge = edge;
    }

    /// <summary>
    /// The biases of all distances between queries from <paramref name="query"/> and keys from <paramref name="key"/>.
    /// </summary>
    public void LoadBias(AttentionCall call, HeadBlock at, int query, int key)
    {
        if (call.Table.Length == 0) return;
        int distance = key - at.Position(query) - (_edge - 1);
        for (int i = Group.IdxX; i < 2 * _edge; i += Group.DimX)
        {
            int d = distance + i;
            _bias[i] = Math.Abs(d) <= call.Reach
                ? call.Table[(call.Buckets[d + call.Reach] * (long)call.Heads) + at.Head]
                : 0;
        }
    }

    /// <summary>The keys of the dropout mask for queries from <paramref name="query"/>.</summary>
    public void LoadMask(AttentionCall call, HeadBlock at, int query)
    {
        if (call.Dropout.Threshold == 0) return;
        for (int i = Group.IdxX; i < _edge; i += Group.DimX)
        {
            call.Dropout.Of(((long)(at.FirstQuery + query + i) * call.Heads) + at.Head, out uint key0, out uint key1);
            _key0[i] = key0;
            _key1[i] = key1;
        }
    }

    /// <summary>The bias between a query and a key of the block, both counted in it.</summary>
    public float Bias(AttentionCall call, int query, int key) =>
        call.Table.Length == 0 ? 0 : _bias[key - query + (_edge - 1)];

    /// <summary>
    /// Dropout's factor of a probability: 0 or the scale. The query is counted in the block, the key in its
    /// sequence.
    /// </summary>
    public float Kept(AttentionCall call, int query, int key)
        => call.Dropout.Threshold == 0
            ? 1
            : call.Dropout.Keeps((uint)key, _key0[query], _key1[query]) ? call.Dropout.Scale : 0;
}
