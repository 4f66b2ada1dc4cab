using System.Runtime.CompilerServices;

namespace CrossPT.Tensors.Cpu;

/// <summary>A number of rows known to the compiler.</summary>
internal interface IRows
{
    static abstract int Count { get; }
}

internal readonly struct Rows1 : IRows { public static int Count => 1; }
internal readonly struct Rows2 : IRows { public static int Count => 2; }
internal readonly struct Rows3 : IRows { public static int Count => 3; }
internal readonly struct Rows4 : IRows { public static int Count => 4; }
internal readonly struct Rows5 : IRows { public static int Count => 5; }
internal readonly struct Rows6 : IRows { public static int Count => 6; }
internal readonly struct Rows7 : IRows { public static int Count => 7; }
internal readonly struct Rows8 : IRows { public static int Count => 8; }
internal readonly struct Rows9 : IRows { public static int Count => 9; }
internal readonly struct Rows10 : IRows { public static int Count => 10; }
internal readonly struct Rows11 : IRows { public static int Count => 11; }
internal readonly struct Rows12 : IRows { public static int Count => 12; }

/// <summary>How the left operand lies in its panels, known to the compiler.</summary>
internal interface ILeft
{
    /// <summary>Elements from a row of L to the next.</summary>
    static abstract int Row { get; }

    /// <summary>Elements from a step of the sum to the next.</summary>
    static abstract int Step { get; }
}

/// <summary>
/// The one inner loop of every matrix product: C [rows, 32] = L [rows, length] · R [length, 32], with both operands in
/// panels.
/// </summary>
/// <remarks>
/// <para>
/// A <i>panel matrix</i> of M rows and N columns is stored as ⌈N / 32⌉ panels of [M, 32], one after the other, the last
/// filled up with zeros. Rows of L are read one element at a time (broadcast) and rows of R one vector at a time; both
/// walk forward through memory. Because the two operands have the same layout, whatever was written as a result in
/// panels can be the left or the right operand of the next product.
/// </para>
/// <para>
/// The block of C stays in registers: for AVX-512, 12 rows × 2 vectors are 24 of the 32 registers, and each step of the
/// sum is 2 loads, 12 broadcasts and 24 fused multiply-adds. Every element of C is summed in order of the inner index,
/// so its bits do not depend on the number of rows or on which thread computed it.
/// </para>
/// </remarks>
internal static unsafe class Tile<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : unmanaged
{
    /// <summary>Columns of a panel.</summary>
    public const int Panel = 32;

    /// <summary>
    /// C [rows, columns] = initial + L·R, or L·R: <paramref name="rows"/> is at most <c>TSimd.TileRows</c>;
    /// <paramref name="columns"/> at most 32, and whole vectors are written: C has room for 32 (16 where columns is at
    /// most 16).
    /// </summary>
    /// <param name="left">Element (row 0, index 0) of L; the index is a multiple of 32.</param>
    /// <param name="leftPanel">Elements from a panel of L to the next.</param>
    /// <param name="right">Element (index 0, column 0) of R's panel; its rows are 32 apart.</param>
    /// <param name="length">Steps of the sum.</param>
    /// <param name="c">Element (0, 0) of the block.</param>
    /// <param name="stride">Elements from a row of C to the next.</param>
    /// <param name="initial">What L·R is added to, C itself included; null is 0.</param>
    /// <param name="initialStride">Elements from a row of it to the next.</param>
    /// <param name="rows">Rows of the block.</param>
    /// <param name="columns">Columns that are wanted.</param>
    /// <param name="ahead">What to fetch on the way.</param>
    public static void Multiply(float* left, nint leftPanel, float* right, int length, float* c, nint stride,
        float* initial, nint initialStride, int rows, int columns, Ahead ahead = default)
        => Columns<Upright>(
            left, leftPanel, right, length, c, stride, initial, initialStride, rows, columns, ahead);

    /// <summary>
    /// The same with L = Pᵀ for a panel P [length, 32]: the rows of L are columns of P, and
    /// <paramref name="left"/> is the first of them.
    /// </summary>
    public static void MultiplyTransposed(float* left, float* right, int length, float* c, nint stride,
        float* initial, nint initialStride, int rows, int columns)
        => Columns<Transposed>(
            left, Panel * Panel, right, length, c, stride, initial, initialStride, rows, columns, default);

    private static void Columns<TLeft>(float* left, nint leftPanel, float* right, int length, float* c, nint stride,
        float* initial, nint initialStride, int rows, int columns, Ahead ahead)
        where TLeft : struct, ILeft
    {
        ahead = ahead.Or(right);
        if (TSimd.Width == 16 && columns <= 16)
        {
            Rows<OneVector, TLeft>(left, leftPanel, right, length, c, stride, initial, initialStride, rows, ahead);
            return;
        }
        for (int column = 0; column < columns; column += 2 * TSimd.Width)
            Rows<TwoVectors, TLeft>(
                left, leftPanel, right + column, length, c + column, stride, initial == null ? null : initial + column,
                initialStride, rows, ahead);
    }

    /// <summary>Rows of the next tile of a block: the last two tiles share what is left evenly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Height(int left)
    {
        int most = TSimd.TileRows;
        return left >= 2 * most ? most : left > most ? (left + 1) / 2 : left;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Rows<TVectors, TLeft>(
        float* left, nint leftPanel, float* right, int length, float* c, nint stride, float* initial,
        nint initialStride, int rows, in Ahead ahead)
        where TVectors : struct, IRows
        where TLeft : struct, ILeft
    {
        switch (rows)
        {
            case 1:
                Block<Rows1, TVectors, TLeft>(
                    left, leftPanel, right, length, c, stride, initial, initialStride, ahead);
                break;
            case 2:
                Block<Rows2, TVectors, TLeft>(
                    left, leftPanel, right, length, c, stride, initial, initialStride, ahead);
                break;
            case 3:
                Block<Rows3, TVectors, TLeft>(
                    left, leftPanel, right, length, c, stride, initial, initialStride, ahead);
                break;
            case 4:
                Block<Rows4, TVectors, TLeft>(
                    left, leftPanel, right, length, c, stride, initial, initialStride, ahead);
                break;
            case 5:
                Block<Rows5, TVectors, TLeft>(
                    left, leftPanel, right, length, c, stride, initial, initialStride, ahead);
                break;
            case 6:
                Block<Rows6, TVectors, TLeft>(
                    left, leftPanel, right, length, c, stride, initial, initialStride, ahead);
                break;
            case 7:
                Block<Rows7, TVectors, TLeft>(
                    left, leftPanel, right, length, c, stride, initial, initialStride, ahead);
                break;
            case 8:
                Block<Rows8, TVectors, TLeft>(
                    left, leftPanel, right, length, c, stride, initial, initialStride, ahead);
                break;
            case 9:
                Block<Rows9, TVectors, TLeft>(
                    left, leftPanel, right, length, c, stride, initial, initialStride, ahead);
                break;
            case 10:
                Block<Rows10, TVectors, TLeft>(
                    left, leftPanel, right, length, c, stride, initial, initialStride, ahead);
                break;
            case 11:
                Block<Rows11, TVectors, TLeft>(
                    left, leftPanel, right, length, c, stride, initial, initialStride, ahead);
                break;
            default:
                Block<Rows12, TVectors, TLeft>(
                    left, leftPanel, right, length, c, stride, initial, initialStride, ahead);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block<TRows, TVectors, TLeft>(
        float* left, nint leftPanel, float* right, int length, float* c, nint stride,
        float* initial, nint initialStride, in Ahead ahead)
        where TRows : struct, IRows
        where TVectors : struct, IRows
        where TLeft : struct, ILeft
    {
        float* next = (float*)ahead.Address;
        nint step = ahead.Step, jump = ahead.Jump;
        // Rows of C that lie apart, or are added to, come into the cache while the sums run: a store that misses holds
        // up what comes after it.
        for (int row = 0; (stride != Panel || initial == c) && row < TRows.Count; row++)
        {
            Ahead.Near(c + (row * stride));
            if (TSimd.Width * TVectors.Count > 16) Ahead.Near(c + (row * stride) + 16);
        }
        for (int row = 0; initial != null && initial != c && row < TRows.Count; row++)
        {
            Ahead.Near(initial + (row * initialStride));
            if (TSimd.Width * TVectors.Count > 16) Ahead.Near(initial + (row * initialStride) + 16);
        }
        V c0a = TSimd.Zero, c1a = TSimd.Zero, c2a = TSimd.Zero, c3a = TSimd.Zero, c4a = TSimd.Zero, c5a = TSimd.Zero;
        V c6a = TSimd.Zero, c7a = TSimd.Zero, c8a = TSimd.Zero, c9a = TSimd.Zero, c10a = TSimd.Zero, c11a = TSimd.Zero;
        V c0b = TSimd.Zero, c1b = TSimd.Zero, c2b = TSimd.Zero, c3b = TSimd.Zero, c4b = TSimd.Zero, c5b = TSimd.Zero;
        V c6b = TSimd.Zero, c7b = TSimd.Zero, c8b = TSimd.Zero, c9b = TSimd.Zero, c10b = TSimd.Zero, c11b = TSimd.Zero;
        while (length > 0)
        {
            float* l = left;
            float* end = left + (Math.Min(length, Panel) * TLeft.Step);
            do
            {
                V a = TSimd.Load(right), b = TVectors.Count == 2 ? TSimd.Load(right + TSimd.Width) : a;
                Ahead.Near(right + (Ahead.Distance * Panel));
                if (TSimd.Width * TVectors.Count > 16) Ahead.Near(right + (Ahead.Distance * Panel) + 16);
                Ahead.Far(next);
                next += step;
                V x = TSimd.Create(l[0]);
                c0a = TSimd.Fma(x, a, c0a);
                if (TVectors.Count == 2) c0b = TSimd.Fma(x, b, c0b);
                if (TRows.Count > 1)
                {
                    x = TSimd.Create(l[1 * TLeft.Row]);
                    c1a = TSimd.Fma(x, a, c1a);
                    if (TVectors.Count == 2) c1b = TSimd.Fma(x, b, c1b);
                }
                if (TRows.Count > 2)
                {
                    x = TSimd.Create(l[2 * TLeft.Row]);
                    c2a = TSimd.Fma(x, a, c2a);
                    if (TVectors.Count == 2) c2b = TSimd.Fma(x, b, c2b);
                }
                if (TRows.Count > 3)
                {
                    x = TSimd.Create(l[3 * TLeft.Row]);
                    c3a = TSimd.Fma(x, a, c3a);
                    if (TVectors.Count == 2) c3b = TSimd.Fma(x, b, c3b);
                }
                if (TRows.Count > 4)
                {
                    x = TSimd.Create(l[4 * TLeft.Row]);
                    c4a = TSimd.Fma(x, a, c4a);
                    if (TVectors.Count == 2) c4b = TSimd.Fma(x, b, c4b);
                }
                if (TRows.Count > 5)
                {
                    x = TSimd.Create(l[5 * TLeft.Row]);
                    c5a = TSimd.Fma(x, a, c5a);
                    if (TVectors.Count == 2) c5b = TSimd.Fma(x, b, c5b);
                }
                if (TRows.Count > 6)
                {
                    x = TSimd.Create(l[6 * TLeft.Row]);
                    c6a = TSimd.Fma(x, a, c6a);
                    if (TVectors.Count == 2) c6b = TSimd.Fma(x, b, c6b);
                }
                if (TRows.Count > 7)
                {
                    x = TSimd.Create(l[7 * TLeft.Row]);
                    c7a = TSimd.Fma(x, a, c7a);
                    if (TVectors.Count == 2) c7b = TSimd.Fma(x, b, c7b);
                }
                if (TRows.Count > 8)
                {
                    x = TSimd.Create(l[8 * TLeft.Row]);
                    c8a = TSimd.Fma(x, a, c8a);
                    if (TVectors.Count == 2) c8b = TSimd.Fma(x, b, c8b);
                }
                if (TRows.Count > 9)
                {
                    x = TSimd.Create(l[9 * TLeft.Row]);
                    c9a = TSimd.Fma(x, a, c9a);
                    if (TVectors.Count == 2) c9b = TSimd.Fma(x, b, c9b);
                }
                if (TRows.Count > 10)
                {
                    x = TSimd.Create(l[10 * TLeft.Row]);
                    c10a = TSimd.Fma(x, a, c10a);
                    if (TVectors.Count == 2) c10b = TSimd.Fma(x, b, c10b);
                }
                if (TRows.Count > 11)
                {
                    x = TSimd.Create(l[11 * TLeft.Row]);
                    c11a = TSimd.Fma(x, a, c11a);
                    if (TVectors.Count == 2) c11b = TSimd.Fma(x, b, c11b);
                }
                right += Panel;
                l += TLeft.Step;
            }
            while (l != end);
            left += leftPanel;
            next += jump;
            length -= Panel;
        }
        Finish<TVectors>(c, initial, c0a, c0b);
        if (TRows.Count > 1)
            Finish<TVectors>(c + (1 * stride), initial == null ? null : initial + (1 * initialStride), c1a, c1b);
        if (TRows.Count > 2)
            Finish<TVectors>(c + (2 * stride), initial == null ? null : initial + (2 * initialStride), c2a, c2b);
        if (TRows.Count > 3)
            Finish<TVectors>(c + (3 * stride), initial == null ? null : initial + (3 * initialStride), c3a, c3b);
        if (TRows.Count > 4)
            Finish<TVectors>(c + (4 * stride), initial == null ? null : initial + (4 * initialStride), c4a, c4b);
        if (TRows.Count > 5)
            Finish<TVectors>(c + (5 * stride), initial == null ? null : initial + (5 * initialStride), c5a, c5b);
        if (TRows.Count > 6)
            Finish<TVectors>(c + (6 * stride), initial == null ? null : initial + (6 * initialStride), c6a, c6b);
        if (TRows.Count > 7)
            Finish<TVectors>(c + (7 * stride), initial == null ? null : initial + (7 * initialStride), c7a, c7b);
        if (TRows.Count > 8)
            Finish<TVectors>(c + (8 * stride), initial == null ? null : initial + (8 * initialStride), c8a, c8b);
        if (TRows.Count > 9)
            Finish<TVectors>(c + (9 * stride), initial == null ? null : initial + (9 * initialStride), c9a, c9b);
        if (TRows.Count > 10)
            Finish<TVectors>(c + (10 * stride), initial == null ? null : initial + (10 * initialStride), c10a, c10b);
        if (TRows.Count > 11)
            Finish<TVectors>(c + (11 * stride), initial == null ? null : initial + (11 * initialStride), c11a, c11b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TVectors>(float* c, float* initial, V a, V b)
        where TVectors : struct, IRows
    {
        TSimd.Store(c, initial == null ? a : TSimd.Add(TSimd.Load(initial), a));
        if (TVectors.Count == 2)
            TSimd.Store(c + TSimd.Width, initial == null ? b : TSimd.Add(TSimd.Load(initial + TSimd.Width), b));
    }

    private readonly struct Upright : ILeft
    {
        public static int Row => Panel;
        public static int Step => 1;
    }

    private readonly struct Transposed : ILeft
    {
        public static int Row => 1;
        public static int Step => Panel;
    }

    private readonly struct OneVector : IRows { public static int Count => 1; }

    private readonly struct TwoVectors : IRows { public static int Count => 2; }
}
