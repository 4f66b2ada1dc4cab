using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>16 rows of 64 columns in bf16: the left operand of four products over 16 steps each.</summary>
internal struct OwnFragments
{
    public Int4 A0, A1, A2, A3;

    /// <summary>
    /// Rows <paramref name="row"/> …, columns <paramref name="column"/> …. The lanes of a row read 32 bytes together.
    /// </summary>
    public static OwnFragments Load(HeadRows rows, int row, int column)
    {
        int lane = Group.IdxX & 31, r = row + (lane >> 2), c = column + (2 * (lane & 3));
        return new OwnFragments
        {
            A0 = Sixteen(rows, r, c),
            A1 = Sixteen(rows, r, c + 16),
            A2 = Sixteen(rows, r, c + 32),
            A3 = Sixteen(rows, r, c + 48),
        };
    }

    private static Int4 Sixteen(HeadRows rows, int r, int c)
        => new(rows.Pair(r, c), rows.Pair(r + 8, c), rows.Pair(r, c + 8), rows.Pair(r + 8, c + 8));
}

/// <summary>
/// Scores of 16 own rows with 32 others, or their gradients: four fragments of [16, 8]. Lane l has of each the columns
/// 2·(l mod 4) and the next, in X and Y of row l / 4, in Z and W of the row 8 further: its upper and its lower row.
/// </summary>
internal struct ScoreFragments
{
    public Float4 C0, C1, C2, C3;

    /// <summary>
    /// Columns 0 … 15 in bf16 as a left operand: fragments of a sum and of an operand have their elements in the same
    /// lanes.
    /// </summary>
    public readonly Int4 Low => Rounded(C0, C1);

    /// <summary>Columns 16 … 31.</summary>
    public readonly Int4 High => Rounded(C2, C3);

    /// <summary>The largest of this lane's upper row; NaN may be passed over.</summary>
    public readonly float UpperMax => Math.Max(
        Math.Max(Math.Max(C0.X, C0.Y), Math.Max(C1.X, C1.Y)), Math.Max(Math.Max(C2.X, C2.Y), Math.Max(C3.X, C3.Y)));

    public readonly float LowerMax => Math.Max(
        Math.Max(Math.Max(C0.Z, C0.W), Math.Max(C1.Z, C1.W)), Math.Max(Math.Max(C2.Z, C2.W), Math.Max(C3.Z, C3.W)));

    public readonly float UpperSum => C0.X + C0.Y + (C1.X + C1.Y) + (C2.X + C2.Y + (C3.X + C3.Y));

    public readonly float LowerSum => C0.Z + C0.W + (C1.Z + C1.W) + (C2.Z + C2.W + (C3.Z + C3.W));

    /// <summary>Adds own · otherᵀ over 64 columns.</summary>
    public void AddProduct(OwnFragments own, TileLanes other)
    {
        Step(own.A0, other.Word0);
        Step(own.A1, other.Word1);
        Step(own.A2, other.Word2);
        Step(own.A3, other.Word3);
    }

    /// <summary>Applies <paramref name="map"/> to every element.</summary>
    public void Apply<TMap>(TMap map)
        where TMap : struct, IScoreMap
    {
        C0 = Applied(map, C0, 0);
        C1 = Applied(map, C1, 8);
        C2 = Applied(map, C2, 16);
        C3 = Applied(map, C3, 24);
    }

    public void Multiply(ScoreFragments by)
    {
        C0 *= by.C0;
        C1 *= by.C1;
        C2 *= by.C2;
        C3 *= by.C3;
    }

    private static Float4 Applied<TMap>(TMap map, Float4 c, int column)
        where TMap : struct, IScoreMap
        => new(map.Upper(c.X, column), map.Upper(c.Y, column + 1), map.Lower(c.Z, column), map.Lower(c.W, column + 1));

    private void Step(Int4 a, int word)
    {
        Int4 b01 = Intrinsics.LoadMatrices(word), b23 = Intrinsics.LoadMatrices(word + (16 * OtherTile.RowBytes));
        C0 = Intrinsics.MultiplyMatrices(a, b01.X, b01.Y, C0);
        C1 = Intrinsics.MultiplyMatrices(a, b01.Z, b01.W, C1);
        C2 = Intrinsics.MultiplyMatrices(a, b23.X, b23.Y, C2);
        C3 = Intrinsics.MultiplyMatrices(a, b23.Z, b23.W, C3);
    }

    private static Int4 Rounded(Float4 left, Float4 right)
        => new(
            Intrinsics.RoundPair(left.Y, left.X), Intrinsics.RoundPair(left.W, left.Z),
            Intrinsics.RoundPair(right.Y, right.X), Intrinsics.RoundPair(right.W, right.Z));
}

/// <summary>
/// What is done to an element of <see cref="ScoreFragments"/>. Columns count from the lane's first: they are the same
/// for every lane, and known to the compiler.
/// </summary>
internal interface IScoreMap
{
    float Upper(float score, int column);

    float Lower(float score, int column);
}

/// <summary>Sums of 16 own rows, 64 columns of a head: eight fragments of [16, 8].</summary>
internal struct SumFragments
{
    public Float4 C0, C1, C2, C3, C4, C5, C6, C7;

    /// <summary>Adds scores · other over 32 other rows, from the two halves of the scores.</summary>
    public void AddProduct(Int4 low, Int4 high, TileLanes other)
    {
        Step(low, other, 0);
        Step(high, other, 16 * OtherTile.RowBytes);
    }

    /// <summary>Multiplies the upper and the lower eight rows.</summary>
    public void Scale(float upper, float lower)
    {
        C0 = Scaled(C0, upper, lower);
        C1 = Scaled(C1, upper, lower);
        C2 = Scaled(C2, upper, lower);
        C3 = Scaled(C3, upper, lower);
        C4 = Scaled(C4, upper, lower);
        C5 = Scaled(C5, upper, lower);
        C6 = Scaled(C6, upper, lower);
        C7 = Scaled(C7, upper, lower);
    }

    /// <summary>Writes the sums to rows <paramref name="row"/> …, columns <paramref name="column"/> ….</summary>
    public readonly void Store(HeadRows rows, int row, int column, int accumulate)
    {
        int lane = Group.IdxX & 31, r = row + (lane >> 2), c = column + (2 * (lane & 3));
        Store(rows, r, c, C0, accumulate);
        Store(rows, r, c + 8, C1, accumulate);
        Store(rows, r, c + 16, C2, accumulate);
        Store(rows, r, c + 24, C3, accumulate);
        Store(rows, r, c + 32, C4, accumulate);
        Store(rows, r, c + 40, C5, accumulate);
        Store(rows, r, c + 48, C6, accumulate);
        Store(rows, r, c + 56, C7, accumulate);
    }

    private void Step(Int4 a, TileLanes other, int offset)
    {
        Int4 b01 = Intrinsics.LoadMatricesTransposed(other.Word0 + offset);
        Int4 b23 = Intrinsics.LoadMatricesTransposed(other.Word1 + offset);
        Int4 b45 = Intrinsics.LoadMatricesTransposed(other.Word2 + offset);
        Int4 b67 = Intrinsics.LoadMatricesTransposed(other.Word3 + offset);
        C0 = Intrinsics.MultiplyMatrices(a, b01.X, b01.Y, C0);
        C1 = Intrinsics.MultiplyMatrices(a, b01.Z, b01.W, C1);
        C2 = Intrinsics.MultiplyMatrices(a, b23.X, b23.Y, C2);
        C3 = Intrinsics.MultiplyMatrices(a, b23.Z, b23.W, C3);
        C4 = Intrinsics.MultiplyMatrices(a, b45.X, b45.Y, C4);
        C5 = Intrinsics.MultiplyMatrices(a, b45.Z, b45.W, C5);
        C6 = Intrinsics.MultiplyMatrices(a, b67.X, b67.Y, C6);
        C7 = Intrinsics.MultiplyMatrices(a, b67.Z, b67.W, C7);
    }

    private static Float4 Scaled(Float4 c, float upper, float lower)
        => new(c.X * upper, c.Y * upper, c.Z * lower, c.W * lower);

    private static void Store(HeadRows rows, int row, int column, Float4 c, int accumulate)
    {
        rows.Store(row, column, c.X, c.Y, accumulate);
        rows.Store(row + 8, column, c.Z, c.W, accumulate);
    }
}
