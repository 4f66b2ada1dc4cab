using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// score·log₂ e + bias·log₂ e, the exponent of 2. The biases of a block are a line in shared memory, one number a
/// distance; neighbouring lanes read neighbouring numbers.
/// </summary>
internal struct BiasLine : IScoreMap
{
    public const float Log2E = 1.44269504f;

    /// <summary>Distances of the largest group: between 64 own rows and the others of a block.</summary>
    private const int MostDistances = 64 + OtherTile.Rows;

    private readonly ArrayView<float> _line;
    private readonly int _at;
    private float _first, _second;

    private BiasLine(ArrayView<float> line)
    {
        int lane = Group.IdxX & 31, row = ((Group.IdxX >> 5) << 4) + (lane >> 2);
        _line = line;
        _at = Intrinsics.Settle((2 * (lane & 3)) - row + Zero);
        _first = 0;
        _second = 0;
    }

    /// <summary>Where in the line the distance between the first rows of both sides is.</summary>
    private static int Zero => (Group.DimX >> 1) - 1;

    public static BiasLine Allocate() => new(SharedMemory.Allocate<float>(MostDistances));

    /// <summary>
    /// Begins to load a block's biases: two loads in a row, which the products of the block before it hide. <paramref
    /// name="distance"/>: from the position of its first query to that of its first key; <paramref name="sign"/>: 1
    /// where the keys are the others, −1 where the queries are.
    /// </summary>
    public void Fetch(AttentionCall call, int head, int distance, int sign)
    {
        if (call.Table.Length == 0) return;
        int d = distance + (sign * (Group.IdxX - Zero));
        _first = Bias(call, head, d);
        // A group of one warp has 47 distances, a larger one no more than threads.
        if (Group.DimX == 32) _second = Bias(call, head, d + (sign * 32));
    }

    /// <summary>Puts what was fetched into shared memory.</summary>
    public readonly void Stash()
    {
        if (Group.IdxX < MostDistances) _line[Group.IdxX] = _first;
        if (Group.DimX == 32) _line[Group.IdxX + 32] = _second;
    }

    private static float Bias(AttentionCall call, int head, int distance)
        => Math.Abs(distance) <= call.Reach
            ? Log2E * call.Table[(call.Buckets[distance + call.Reach] * (long)call.Heads) + head]
            : 0;

    public readonly float Upper(float score, int column) => Intrinsics.Fma(score, Log2E, _line[_at + column]);

    public readonly float Lower(float score, int column) => Intrinsics.Fma(score, Log2E, _line[_at + column - 8]);
}

/// <summary>2^score: 0 for −∞.</summary>
internal readonly struct Exponential : IScoreMap
{
    public float Upper(float score, int column) => Intrinsics.Exp2(score);

    public float Lower(float score, int column) => Intrinsics.Exp2(score);
}

/// <summary>score − a number of the own row.</summary>
internal readonly struct LessRow(float upper, float lower) : IScoreMap
{
    public float Upper(float score, int column) => score - upper;

    public float Lower(float score, int column) => score - lower;
}

/// <summary>score − a number of the other row, from a line in shared memory.</summary>
internal readonly struct LessColumn(ArrayView<float> line, int at) : IScoreMap
{
    public float Upper(float score, int column) => score - line[at + column];

    public float Lower(float score, int column) => score - line[at + column];
}

/// <summary>
/// The scores of rows that see each other, <paramref name="otherwise"/> for those that do not. <paramref name="first"/>
/// is the other row of the lane's column 0.
/// </summary>
internal readonly struct SeenOnly(int first, SeenRange upper, SeenRange lower, float otherwise) : IScoreMap
{
    public float Upper(float score, int column) => upper.Has(first + column) ? score : otherwise;

    public float Lower(float score, int column) => lower.Has(first + column) ? score : otherwise;
}

/// <summary>The other rows that an own row sees or is seen by.</summary>
internal readonly struct SeenRange(int from, int count)
{
    public bool Has(int other) => (uint)(other - from) < (uint)count;
}

/// <summary>
/// Dropout where the own rows are queries. <paramref name="first"/> is the key of the lane's column 0.
/// </summary>
internal readonly struct DropoutByRow(CudaDropoutKeys keys, MaskKey upper, MaskKey lower, int first) : IScoreMap
{
    public float Upper(float score, int column) => upper.Apply(keys, first + column, score);

    public float Lower(float score, int column) => lower.Apply(keys, first + column, score);
}

/// <summary>
/// Dropout where the own rows are keys, with the mask's keys of the queries in shared memory. <paramref name="row"/> is
/// the lane's upper own row.
/// </summary>
internal readonly struct DropoutByColumn(CudaDropoutKeys keys, ArrayView<MaskKey> line, int at, int row) : IScoreMap
{
    public float Upper(float score, int column) => line[at + column].Apply(keys, row, score);

    public float Lower(float score, int column) => line[at + column].Apply(keys, row + 8, score);
}

/// <summary>The mask's keys of a row of probabilities.</summary>
internal readonly struct MaskKey
{
    private readonly uint _key0, _key1;

    public MaskKey(CudaDropoutKeys keys, long row) => keys.Of(row, out _key0, out _key1);

    public float Apply(CudaDropoutKeys keys, int column, float value)
        => keys.Keeps((uint)column, _key0, _key1) ? value * keys.Scale : 0;
}
