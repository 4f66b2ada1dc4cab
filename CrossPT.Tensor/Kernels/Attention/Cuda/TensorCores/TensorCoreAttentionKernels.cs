using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Attention by tensor cores: bf16 operands, float32 sums, scores in registers only. A warp owns 16 rows of one head
/// and 64 of its columns; its group walks over the other side's rows, 32 at a time, which it shares.
/// </summary>
/// <remarks>
/// <para>
/// Fragments of a sum have their elements in the lanes in which a left operand wants them, so probabilities and
/// gradients of scores go from one product to the next without leaving their registers. Positions are packed, so a
/// group of one warp serves sequences of up to 16 rows, of four warps those of more than 32.
/// </para>
/// <para>
/// A head wider than 64 columns is computed piece by piece, as by <see cref="AttentionForwardKernel"/>: a group sums
/// the scores over all pieces, its own last, so that this piece is in shared memory for the second product.
/// </para>
/// </remarks>
internal static class TensorCoreAttentionKernels
{
    /// <summary>Columns of a head that a group computes.</summary>
    public const int Columns = OtherTile.Columns;

    /// <summary>Bytes of dynamic shared memory.</summary>
    public const int SharedBytes = 2 * OtherTile.Bytes;

    private const float Ln2 = 0.693147181f;

    /// <summary>Output and log Σ exp. Grid: sequences · blocks of queries × heads × pieces.</summary>
    public static void Forward<TWidth>(AttentionCall call)
        where TWidth : struct, IHeadWidth
    {
        ArrayView<BFloat16Four> tiles = SharedMemory.GetDynamic<BFloat16Four>();
        BiasLine bias = BiasLine.Allocate();
        HeadBlock at = new(call, Group.DimX >> 1);
        if (at.First >= at.Queries) return;

        HeadRows query = at.RowsOfQueries(call, call.Query, call.QueryStride);
        HeadRows key = at.RowsOfKeys(call, call.Key, call.KeyStride);
        HeadRows value = at.RowsOfKeys(call, call.Value, call.ValueStride);
        int shared = Intrinsics.SharedBase();
        TileLanes keys = TileLanes.OverColumns(shared), values = TileLanes.OverRows(shared).Next;
        OwnRows own = new(at.First);
        SeenRange upperSeen = new(0, at.Seen(call, own.Upper)), lowerSeen = new(0, at.Seen(call, own.Upper + 8));
        int seenByAll = at.Seen(call, at.First);
        int seen = at.Seen(call, Math.Min(at.First + (Group.DimX >> 1), at.Queries) - 1);
        MaskKey upperMask = default, lowerMask = default;
        if (call.Dropout.Threshold != 0)
        {
            upperMask = new MaskKey(call.Dropout, at.QueryScalar(call, own.Upper));
            lowerMask = new MaskKey(call.Dropout, at.QueryScalar(call, own.Upper + 8));
        }

        Pieces<TWidth> pieces = new(call);
        OwnFragments fragments = OwnFragments.Load(query, own.First, pieces.Own);
        SumFragments output = default;
        float upperMost = float.MinValue, lowerMost = float.MinValue, upperSum = 0, lowerSum = 0;
        int distance = -at.Position(at.First);
        bias.Fetch(call, at.Head, distance, 1);
        for (int first = 0; first < seen; first += OtherTile.Rows)
        {
            ScoreFragments scores = default;
            for (int turn = 1; turn <= pieces.Count; turn++)
            {
                int column = pieces.Column(turn);
                Group.Barrier();
                OtherTile.Stage(tiles, key, value, column, first);
                if (turn == 1) bias.Stash();
                Group.Barrier();
                if (turn == 1) bias.Fetch(call, at.Head, distance + first + OtherTile.Rows, 1);
                if (own.First >= at.Queries) continue;
                if (!TWidth.IsOnePiece) fragments = OwnFragments.Load(query, own.First, column);
                scores.AddProduct(fragments, keys);
            }
            if (own.First >= at.Queries) continue;

            int lane = first + own.Column;
            scores.Apply(bias);
            if (first + OtherTile.Rows > seenByAll)
                scores.Apply(new SeenOnly(lane, upperSeen, lowerSeen, float.NegativeInfinity));
            float upper = Math.Max(upperMost, OwnRows.Max(scores.UpperMax));
            float lower = Math.Max(lowerMost, OwnRows.Max(scores.LowerMax));
            if (upper != upperMost || lower != lowerMost)
            {
                float upperFactor = Intrinsics.Exp2(upperMost - upper);
                float lowerFactor = Intrinsics.Exp2(lowerMost - lower);
                output.Scale(upperFactor, lowerFactor);
                upperSum *= upperFactor;
                lowerSum *= lowerFactor;
                upperMost = upper;
                lowerMost = lower;
            }
            scores.Apply(new LessRow(upper, lower));
            scores.Apply(default(Exponential));
            upperSum += scores.UpperSum;
            lowerSum += scores.LowerSum;
            if (call.Dropout.Threshold != 0)
                scores.Apply(new DropoutByRow(call.Dropout, upperMask, lowerMask, lane));
            output.AddProduct(scores.Low, scores.High, values);
        }

        if (own.First >= at.Queries) return;
        upperSum = OwnRows.Sum(upperSum);
        lowerSum = OwnRows.Sum(lowerSum);
        // A query that sees no key has a sum of 0.
        output.Scale(upperSum == 0 ? 0 : 1 / upperSum, lowerSum == 0 ? 0 : 1 / lowerSum);
        output.Store(
            at.RowsOfQueries(call, call.Result, call.ResultStride, call.Rounded), own.First, pieces.Own,
            accumulate: 0);
        if (pieces.Own != 0 || (Group.IdxX & 3) != 0) return;
        StoreLog(call, at, own.Upper, upperMost, upperSum);
        StoreLog(call, at, own.Upper + 8, lowerMost, lowerSum);
    }

    /// <summary>
    /// Delta [Rq, N] = Σ dO·O, which is Σ P·dP: what the softmax takes from each gradient of a row's scores. 16 threads
    /// a row and head.
    /// </summary>
    public static void Deltas(DeltaArgs args)
    {
        AttentionCall call = args.Call;
        int index = ((Grid.IdxX * Group.DimX) + Group.IdxX) >> 4, row = index / call.Heads;
        float sum = 0;
        if (row < args.Rows)
        {
            int head = (index - (row * call.Heads)) * call.Width;
            for (int column = 4 * (Group.IdxX & 15); column < call.Width; column += 64)
            {
                long output = ((long)row * args.OutputStride) + head + column;
                long gradient = ((long)row * call.OutputGradientStride) + head + column;
                Float4 o = args.Output.Cast<Float4>()[output >> 2];
                sum = Float4.Dot(o, call.OutputGradient.Cast<Float4>()[gradient >> 2], sum);
            }
        }
        for (int mask = 8; mask > 0; mask >>= 1) sum += Warp.ShuffleXor(sum, mask);
        if (row < args.Rows && (Group.IdxX & 15) == 0) call.Delta[index] = sum;
    }

    /// <summary>dQ = dS·K. Grid: sequences · blocks of queries × heads × pieces.</summary>
    public static void QueryGradient<TWidth>(AttentionCall call)
        where TWidth : struct, IHeadWidth
    {
        ArrayView<BFloat16Four> tiles = SharedMemory.GetDynamic<BFloat16Four>();
        BiasLine bias = BiasLine.Allocate();
        HeadBlock at = new(call, Group.DimX >> 1);
        if (at.First >= at.Queries) return;

        HeadRows query = at.RowsOfQueries(call, call.Query, call.QueryStride);
        HeadRows gradient = at.RowsOfQueries(call, call.OutputGradient, call.OutputGradientStride);
        HeadRows key = at.RowsOfKeys(call, call.Key, call.KeyStride);
        HeadRows value = at.RowsOfKeys(call, call.Value, call.ValueStride);
        int shared = Intrinsics.SharedBase();
        TileLanes keys = TileLanes.OverColumns(shared), keyRows = TileLanes.OverRows(shared);
        OwnRows own = new(at.First);
        SeenRange upperSeen = new(0, at.Seen(call, own.Upper)), lowerSeen = new(0, at.Seen(call, own.Upper + 8));
        int seenByAll = at.Seen(call, at.First);
        int seen = at.Seen(call, Math.Min(at.First + (Group.DimX >> 1), at.Queries) - 1);
        LessRow log = new(Log(call, at, own.Upper), Log(call, at, own.Upper + 8));
        LessRow delta = new(Delta(call, at, own.Upper), Delta(call, at, own.Upper + 8));
        MaskKey upperMask = default, lowerMask = default;
        if (call.Dropout.Threshold != 0)
        {
            upperMask = new MaskKey(call.Dropout, at.QueryScalar(call, own.Upper));
            lowerMask = new MaskKey(call.Dropout, at.QueryScalar(call, own.Upper + 8));
        }

        Pieces<TWidth> pieces = new(call);
        OwnFragments queries = OwnFragments.Load(query, own.First, pieces.Own);
        OwnFragments gradients = OwnFragments.Load(gradient, own.First, pieces.Own);
        SumFragments sum = default;
        int distance = -at.Position(at.First);
        bias.Fetch(call, at.Head, distance, 1);
        for (int first = 0; first < seen; first += OtherTile.Rows)
        {
            ScoreFragments scores = default, scoreGradients = default;
            for (int turn = 1; turn <= pieces.Count; turn++)
            {
                int column = pieces.Column(turn);
                Group.Barrier();
                OtherTile.Stage(tiles, key, value, column, first);
                if (turn == 1) bias.Stash();
                Group.Barrier();
                if (turn == 1) bias.Fetch(call, at.Head, distance + first + OtherTile.Rows, 1);
                if (own.First >= at.Queries) continue;
                if (!TWidth.IsOnePiece)
                {
                    queries = OwnFragments.Load(query, own.First, column);
                    gradients = OwnFragments.Load(gradient, own.First, column);
                }
                scores.AddProduct(queries, keys);
                scoreGradients.AddProduct(gradients, keys.Next);
            }
            if (own.First >= at.Queries) continue;

            int lane = first + own.Column;
            scores.Apply(bias);
            scores.Apply(log);
            scores.Apply(default(Exponential));
            if (first + OtherTile.Rows > seenByAll) scores.Apply(new SeenOnly(lane, upperSeen, lowerSeen, 0));
            if (call.Dropout.Threshold != 0)
                scoreGradients.Apply(new DropoutByRow(call.Dropout, upperMask, lowerMask, lane));
            scoreGradients.Apply(delta);
            scoreGradients.Multiply(scores);
            sum.AddProduct(scoreGradients.Low, scoreGradients.High, keyRows);
        }
        if (own.First >= at.Queries) return;
        HeadRows result = at.RowsOfQueries(call, call.Result, call.ResultStride, call.Rounded);
        sum.Store(result, own.First, pieces.Own, call.Accumulate);
    }

    /// <summary>
    /// dK = dSᵀ·Q, the call's result, and dV = dropout(P)ᵀ·dO. Grid: sequences · blocks of keys × heads × pieces.
    /// </summary>
    public static void KeyAndValueGradients<TWidth>(KeyValueArgs args)
        where TWidth : struct, IHeadWidth
    {
        AttentionCall call = args.Call;
        ArrayView<BFloat16Four> tiles = SharedMemory.GetDynamic<BFloat16Four>();
        BiasLine bias = BiasLine.Allocate();
        ArrayView<float> logs = SharedMemory.Allocate<float>(OtherTile.Rows);
        ArrayView<float> deltas = SharedMemory.Allocate<float>(OtherTile.Rows);
        ArrayView<MaskKey> masks = SharedMemory.Allocate<MaskKey>(OtherTile.Rows);
        HeadBlock at = new(call, Group.DimX >> 1);
        if (at.First >= at.Keys) return;

        HeadRows query = at.RowsOfQueries(call, call.Query, call.QueryStride);
        HeadRows gradient = at.RowsOfQueries(call, call.OutputGradient, call.OutputGradientStride);
        HeadRows key = at.RowsOfKeys(call, call.Key, call.KeyStride);
        HeadRows value = at.RowsOfKeys(call, call.Value, call.ValueStride);
        int shared = Intrinsics.SharedBase();
        TileLanes queries = TileLanes.OverColumns(shared), queryRows = TileLanes.OverRows(shared);
        OwnRows own = new(at.First);
        SeenRange upperSeen = at.SeenBy(call, own.Upper), lowerSeen = at.SeenBy(call, own.Upper + 8);
        int begin = at.FirstToSee(call, at.First) / OtherTile.Rows * OtherTile.Rows;
        int seenByAll = at.FirstToSee(call, at.First + (Group.DimX >> 1) - 1);

        Pieces<TWidth> pieces = new(call);
        OwnFragments ownKeys = OwnFragments.Load(key, own.First, pieces.Own);
        OwnFragments ownValues = OwnFragments.Load(value, own.First, pieces.Own);
        SumFragments keySum = default, valueSum = default;
        bias.Fetch(call, at.Head, at.First - at.Position(begin), -1);
        for (int first = begin; first < at.Queries; first += OtherTile.Rows)
        {
            ScoreFragments scores = default, scoreGradients = default;
            for (int turn = 1; turn <= pieces.Count; turn++)
            {
                int column = pieces.Column(turn);
                Group.Barrier();
                int other = first + Group.IdxX;
                float log = 0, delta = 0;
                if (turn == 1 && Group.IdxX < OtherTile.Rows)
                {
                    log = Log(call, at, other);
                    delta = Delta(call, at, other);
                }
                OtherTile.Stage(tiles, query, gradient, column, first);
                if (turn == 1)
                {
                    bias.Stash();
                    if (Group.IdxX < OtherTile.Rows)
                    {
                        logs[Group.IdxX] = log;
                        deltas[Group.IdxX] = delta;
                        if (call.Dropout.Threshold != 0)
                            masks[Group.IdxX] = new MaskKey(call.Dropout, at.QueryScalar(call, other));
                    }
                }
                Group.Barrier();
                if (turn == 1) bias.Fetch(call, at.Head, at.First - at.Position(first + OtherTile.Rows), -1);
                if (own.First >= at.Keys) continue;
                if (!TWidth.IsOnePiece)
                {
                    ownKeys = OwnFragments.Load(key, own.First, column);
                    ownValues = OwnFragments.Load(value, own.First, column);
                }
                scores.AddProduct(ownKeys, queries);
                scoreGradients.AddProduct(ownValues, queries.Next);
            }
            if (own.First >= at.Keys) continue;

            scores.Apply(bias);
            scores.Apply(new LessColumn(logs, own.Column));
            scores.Apply(default(Exponential));
            if (first < seenByAll || first + OtherTile.Rows > at.Queries)
                scores.Apply(new SeenOnly(first + own.Column, upperSeen, lowerSeen, 0));
            Int4 low = scores.Low, high = scores.High;
            if (call.Dropout.Threshold != 0)
            {
                DropoutByColumn dropout = new(call.Dropout, masks, own.Column, own.Upper);
                ScoreFragments kept = scores;
                kept.Apply(dropout);
                low = kept.Low;
                high = kept.High;
                scoreGradients.Apply(dropout);
            }
            valueSum.AddProduct(low, high, queryRows.Next);
            scoreGradients.Apply(new LessColumn(deltas, own.Column));
            scoreGradients.Multiply(scores);
            keySum.AddProduct(scoreGradients.Low, scoreGradients.High, queryRows);
        }
        if (own.First >= at.Keys) return;
        // One tensor may take both: a lane has the same elements of either.
        if (args.ValueGradient.Length > 0)
        {
            HeadRows result = at.RowsOfKeys(
                call, args.ValueGradient, args.ValueGradientStride, args.ValueRounded);
            valueSum.Store(result, own.First, pieces.Own, call.Accumulate);
        }
        if (call.Result.Length > 0)
        {
            HeadRows result = at.RowsOfKeys(call, call.Result, call.ResultStride, call.Rounded);
            keySum.Store(result, own.First, pieces.Own, call.Accumulate);
        }
    }

    /// <summary>log₂ Σ 2^score of a query; 0 for one that does not exist.</summary>
    private static float Log(AttentionCall call, HeadBlock at, int query)
        => query < at.Queries ? BiasLine.Log2E * call.LogSumExp[at.QueryScalar(call, query)] : 0;

    private static float Delta(AttentionCall call, HeadBlock at, int query)
        => query < at.Queries ? call.Delta[at.QueryScalar(call, query)] : 0;

    private static void StoreLog(AttentionCall call, HeadBlock at, int query, float most, float sum)
    {
        if (query >= at.Queries) return;
        call.LogSumExp[at.QueryScalar(call, query)] =
            sum == 0 ? float.NegativeInfinity : Intrinsics.Fma(most, Ln2, KernelMath.Log(sum));
    }
}

/// <param name="Call">The attention; its delta is the result.</param>
/// <param name="Output">Of the forward pass.</param>
/// <param name="OutputStride">Elements from a row of it to the next.</param>
/// <param name="Rows">Rows of queries, Rq.</param>
internal readonly record struct DeltaArgs(AttentionCall Call, ArrayView<float> Output, int OutputStride, int Rows);

/// <summary>Arguments of the gradients of keys and values.</summary>
internal struct KeyValueArgs(AttentionCall call, ArrayView<float> valueGradient, int valueGradientStride)
{
    /// <summary>The attention, whose result is dK, or empty where it is not wanted.</summary>
    public AttentionCall Call = call;

    /// <summary>dV; empty where it is not wanted.</summary>
    public ArrayView<float> ValueGradient = valueGradient;

    /// <summary>dV in bf16, as the call's; may be empty.</summary>
    public ArrayView<int> ValueRounded = ArrayView<int>.Empty;

    /// <summary>Elements from a row of dV to the next.</summary>
    public int ValueGradientStride = valueGradientStride;
}

/// <summary>The rows that a warp owns, and the columns that a lane has of its fragments.</summary>
internal readonly struct OwnRows
{
    /// <summary>The warp's first row.</summary>
    public readonly int First;

    /// <summary>The lane's upper row; its lower one is 8 further.</summary>
    public readonly int Upper;

    /// <summary>The lane's first column of a fragment.</summary>
    public readonly int Column;

    public OwnRows(int groupFirst)
    {
        First = groupFirst + (Group.IdxX >> 5 << 4);
        Upper = First + ((Group.IdxX & 31) >> 2);
        Column = 2 * (Group.IdxX & 3);
    }

    /// <summary>The largest over the four lanes of a row.</summary>
    public static float Max(float value)
    {
        value = Math.Max(value, Warp.ShuffleXor(value, 1));
        return Math.Max(value, Warp.ShuffleXor(value, 2));
    }

    /// <summary>Σ over the four lanes of a row.</summary>
    public static float Sum(float value)
    {
        value += Warp.ShuffleXor(value, 1);
        return value + Warp.ShuffleXor(value, 2);
    }
}

/// <summary>Whether a head is one piece of up to 64 columns: known to the compiler.</summary>
internal interface IHeadWidth
{
    static abstract bool IsOnePiece { get; }
}

/// <summary>Up to 64 columns: the warp's own rows stay in registers.</summary>
internal readonly struct OnePiece : IHeadWidth
{
    public static bool IsOnePiece => true;
}

/// <summary>More columns, of which own rows are read again for every block.</summary>
internal readonly struct ManyPieces : IHeadWidth
{
    public static bool IsOnePiece => false;
}

/// <summary>A head's width in pieces of 64 columns.</summary>
internal readonly struct Pieces<TWidth>
    where TWidth : struct, IHeadWidth
{
    public readonly int Count;

    /// <summary>First column of the piece that the group computes.</summary>
    public readonly int Own;

    public Pieces(AttentionCall call)
    {
        Count = TWidth.IsOnePiece ? 1 : (call.Width + OtherTile.Columns - 1) / OtherTile.Columns;
        Own = TWidth.IsOnePiece ? 0 : Grid.IdxZ * OtherTile.Columns;
    }

    /// <summary>First column of the piece of turn 1 … <see cref="Count"/>; the group's own is last.</summary>
    public int Column(int turn)
    {
        if (TWidth.IsOnePiece) return 0;
        int column = Own + (turn * OtherTile.Columns), all = Count * OtherTile.Columns;
        return column < all ? column : column - all;
    }
}
