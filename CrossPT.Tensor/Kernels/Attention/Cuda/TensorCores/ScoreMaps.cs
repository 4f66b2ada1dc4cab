using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// score·log₂ e + bias·log₂ e, the exponent of 2. The biases of a block are a line in shared memory, one number a
/// distance; neighbouring lanes read neighbouring numbers.
/// </summary>
internal readonly struct BiasLine : IScoreMap
{
    public const float Log2E = 1.44269504f;

    /// <summary>Own rows of the largest group; distances between them and the others of a block.</summary>
    private const int Own = 64, Length = Own + OtherTile.Rows;

    private readonly ArrayView<float> _line;
    private readonly int _at;

    private BiasLine(ArrayView<float> line)
    {
        int lane = Group.IdxX & 31, row = ((Group.IdxX >> 5) << 4) + (lane >> 2);
        _line = line;
        _at = Intrinsics.Settle((2 * (lane & 3)) - row + (Own - 1));
    }

    public static BiasLine Allocate() => new(SharedMemory.Allocate<float>(Length));

    /// <summary>
    /// Loads a block's biases. <paramref name="distance"/>: from the position of its first query to that of its first
    /// key; <paramref name="sign"/>: 1 where the keys are the others, −1 where the queries are.
    /// </summary>
    public void Load(AttentionCall call, int head, int distance, int sign)
    {
        for (int i = Group.IdxX; i < Length; i += Group.DimX)
        {
            int d = distance + (sign * (i - (Own - 1)));
            _line[i] = call.Table.Length > 0 && Math.Abs(d) <= call.Reach
                ? Log2E * call.Table[(call.Buckets[d + call.Reach] * (long)call.Heads) + head]
                : 0;
        }
    }

    public float Upper(float score, int column) => Intrinsics.Fma(score, Log2E, _line[_at + column]);

    public float Lower(float score, int column) => Intrinsics.Fma(score, Log2E, _line[_at + column - 8]);
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
