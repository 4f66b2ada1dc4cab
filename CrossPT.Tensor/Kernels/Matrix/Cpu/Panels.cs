using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace CrossPT.Tensors.Cpu;

/// <summary>
/// Rows into panels and back. A panel matrix of M rows and N columns is ⌈N / 32⌉ panels [M, 32] with zeros past column
/// N; see <see cref="Tile{TSimd, V}"/>.
/// </summary>
internal static unsafe class Panels
{
    /// <summary>Columns of a panel.</summary>
    public const int Width = 32;

    /// <summary>Panels of <paramref name="columns"/> columns.</summary>
    public static int Count(int columns) => (columns + Width - 1) / Width;

    /// <summary>
    /// Rows from a panel to the next so that the 12 × 32 blocks of a register tile fall into different sets of the
    /// first-level cache: a panel of 32·n rows would put the same block of every panel at the same place in a 4 KB
    /// page.
    /// </summary>
    public static int Pitch(int rows) => rows < 32 ? rows : rows + ((36 - (rows & 31)) & 31);

    /// <summary>The panel matrix of X [rows, columns]: whole cache lines are copied.</summary>
    /// <param name="x">First element of X.</param>
    /// <param name="stride">Elements from a row of X to the next.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="panels">Receives ⌈columns / 32⌉ panels.</param>
    /// <param name="pitch">Rows from a panel to the next; at least <paramref name="rows"/>.</param>
    public static void Pack(float* x, nint stride, int rows, int columns, float* panels, int pitch)
    {
        for (int column = 0; column < columns; column += Width)
        {
            float* panel = panels + ((nint)column * pitch);
            float* source = x + column;
            int valid = Math.Min(Width, columns - column);
            for (int row = 0; row < rows; row++, source += stride, panel += Width)
            {
                if (valid == Width)
                {
                    Vector256.Store(Vector256.Load(source), panel);
                    Vector256.Store(Vector256.Load(source + 8), panel + 8);
                    Vector256.Store(Vector256.Load(source + 16), panel + 16);
                    Vector256.Store(Vector256.Load(source + 24), panel + 24);
                }
                else
                {
                    PackPart(source, stride, rows, valid, panel);
                    break;
                }
            }
        }
    }

    /// <summary>
    /// A last panel of fewer than 32 columns: whole vectors are read where the matrix goes on behind them, and cut to
    /// size.
    /// </summary>
    private static void PackPart(float* source, nint stride, int rows, int valid, float* panel)
    {
        Vector256<int> count = Vector256.Create(valid);
        Vector256<float> mask0 = Vector256.GreaterThan(count, Vector256<int>.Indices).AsSingle();
        Vector256<float> mask1 = Vector256.GreaterThan(count, Vector256<int>.Indices + Vector256.Create(8)).AsSingle();
        Vector256<float> mask2 = Vector256.GreaterThan(count, Vector256<int>.Indices + Vector256.Create(16)).AsSingle();
        Vector256<float> mask3 = Vector256.GreaterThan(count, Vector256<int>.Indices + Vector256.Create(24)).AsSingle();
        // The last rows whose 32 elements would end behind the matrix are copied one by one.
        nint whole = rows - 1 - ((Width - valid + stride - 1) / Math.Max(1, stride));
        for (int row = 0; row < rows; row++, source += stride, panel += Width)
        {
            if (row <= whole)
            {
                Vector256.Store(Vector256.Load(source) & mask0, panel);
                Vector256.Store(Vector256.Load(source + 8) & mask1, panel + 8);
                Vector256.Store(Vector256.Load(source + 16) & mask2, panel + 16);
                Vector256.Store(Vector256.Load(source + 24) & mask3, panel + 24);
            }
            else
            {
                new Span<float>(panel + valid, Width - valid).Clear();
                new ReadOnlySpan<float>(source, valid).CopyTo(new Span<float>(panel, valid));
            }
        }
    }

    /// <summary>The panel matrix of Xᵀ, for X [rows, columns]: ⌈rows / 32⌉ panels [columns, 32].</summary>
    /// <param name="x">First element of X.</param>
    /// <param name="stride">Elements from a row of X to the next.</param>
    /// <param name="rows">Rows of X: columns of the panel matrix.</param>
    /// <param name="columns">Columns of X: rows of the panel matrix.</param>
    /// <param name="panels">Receives the panels.</param>
    /// <param name="pitch">Rows from a panel to the next; at least <paramref name="columns"/>.</param>
    public static void PackTransposed(float* x, nint stride, int rows, int columns, float* panels, int pitch)
    {
        for (int row = 0; row < rows; row += Width, panels += (nint)pitch * Width, x += Width * stride)
        {
            int valid = Math.Min(Width, rows - row);
            if (valid < Width) new Span<float>(panels, columns * Width).Clear();
            Transpose(x, stride, valid, columns, panels, Width, accumulate: false);
        }
    }

    /// <summary>Y [rows, columns] from its transpose in panels: ⌈rows / 32⌉ panels [columns, 32].</summary>
    public static void UnpackTransposed(
        float* panels, int pitch, float* y, nint stride, int rows, int columns, bool accumulate)
    {
        for (int row = 0; row < rows; row += Width, panels += (nint)pitch * Width, y += Width * stride)
            Transpose(panels, Width, columns, Math.Min(Width, rows - row), y, stride, accumulate);
    }

    /// <summary>Y [columns, rows] = Xᵀ, or Y += Xᵀ.</summary>
    public static void Transpose(float* x, nint stride, int rows, int columns, float* y, nint yStride, bool accumulate)
    {
        int row = 0;
        if (Avx512F.IsSupported && Avx512DQ.IsSupported)
        {
            for (; row + 16 <= rows; row += 16)
            {
                int column = 0;
                for (; column + 16 <= columns; column += 16)
                    Transpose16x16(
                        x + (row * stride) + column, stride, y + (column * yStride) + row, yStride, accumulate);
                Strips(x, stride, row, row + 16, column, columns, y, yStride, accumulate);
            }
        }
        Strips(x, stride, row, rows, 0, columns, y, yStride, accumulate);
    }

    /// <summary>Some rows and columns of it, four rows at a time.</summary>
    private static void Strips(
        float* x, nint stride, int row0, int row1, int column0, int column1, float* y, nint yStride, bool accumulate)
    {
        int row = row0;
        for (; row + 4 <= row1; row += 4)
        {
            int column = column0;
            for (; column + 4 <= column1; column += 4)
                Transpose4x4(x + (row * stride) + column, stride, y + (column * yStride) + row, yStride, accumulate);
            Rest(x, stride, row, row + 4, column, column1, y, yStride, accumulate);
        }
        Rest(x, stride, row, row1, column0, column1, y, yStride, accumulate);
    }

    private static void Rest(
        float* x, nint stride, int row0, int row1, int column0, int column1, float* y, nint yStride, bool accumulate)
    {
        for (int row = row0; row < row1; row++)
        {
            for (int column = column0; column < column1; column++)
            {
                float* target = y + (column * yStride) + row;
                float value = x[(row * stride) + column];
                *target = accumulate ? *target + value : value;
            }
        }
    }

    // Reads whole cache lines, each once: rows of 3072 or 2048 floats all begin in the same set of the first-level
    // cache, which holds fewer than 16 lines. 64 shuffles for 256 elements: quarters of lines first, then inside the
    // quarters.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose16x16(float* x, nint stride, float* y, nint yStride, bool accumulate)
    {
        Quarters(
            x, stride, out Vector512<float> a0, out Vector512<float> a1, out Vector512<float> a2,
            out Vector512<float> a3);
        Quarters(
            x + stride, stride, out Vector512<float> b0, out Vector512<float> b1, out Vector512<float> b2,
            out Vector512<float> b3);
        Quarters(
            x + (2 * stride), stride, out Vector512<float> c0, out Vector512<float> c1, out Vector512<float> c2,
            out Vector512<float> c3);
        Quarters(
            x + (3 * stride), stride, out Vector512<float> d0, out Vector512<float> d1, out Vector512<float> d2,
            out Vector512<float> d3);
        Transpose4x4Lanes(a0, b0, c0, d0, y, yStride, accumulate);
        Transpose4x4Lanes(a1, b1, c1, d1, y + (4 * yStride), yStride, accumulate);
        Transpose4x4Lanes(a2, b2, c2, d2, y + (8 * yStride), yStride, accumulate);
        Transpose4x4Lanes(a3, b3, c3, d3, y + (12 * yStride), yStride, accumulate);
    }

    /// <summary>
    /// Rows 0, 4, 8 and 12 of 16 elements: the first four columns of all of them in <paramref name="q0"/>, and so on.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarters(
        float* x, nint stride, out Vector512<float> q0, out Vector512<float> q1, out Vector512<float> q2,
        out Vector512<float> q3)
    {
        const byte low = 0x44, high = 0xEE, even = 0x88, odd = 0xDD;
        Vector512<float> a = Vector512.Load(x);
        Vector512<float> b = Vector512.Load(x + (4 * stride));
        Vector512<float> c = Vector512.Load(x + (8 * stride));
        Vector512<float> d = Vector512.Load(x + (12 * stride));
        Vector512<float> abLow = Avx512F.Shuffle4x128(a, b, low), abHigh = Avx512F.Shuffle4x128(a, b, high);
        Vector512<float> cdLow = Avx512F.Shuffle4x128(c, d, low), cdHigh = Avx512F.Shuffle4x128(c, d, high);
        q0 = Avx512F.Shuffle4x128(abLow, cdLow, even);
        q1 = Avx512F.Shuffle4x128(abLow, cdLow, odd);
        q2 = Avx512F.Shuffle4x128(abHigh, cdHigh, even);
        q3 = Avx512F.Shuffle4x128(abHigh, cdHigh, odd);
    }

    /// <summary>A 4 × 4 transposition inside every 128-bit lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4x4Lanes(
        Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, float* y, nint yStride,
        bool accumulate)
    {
        Vector512<double> abLow = Avx512F.UnpackLow(a, b).AsDouble(), abHigh = Avx512F.UnpackHigh(a, b).AsDouble();
        Vector512<double> cdLow = Avx512F.UnpackLow(c, d).AsDouble(), cdHigh = Avx512F.UnpackHigh(c, d).AsDouble();
        Put(y, Avx512F.UnpackLow(abLow, cdLow).AsSingle(), accumulate);
        Put(y + yStride, Avx512F.UnpackHigh(abLow, cdLow).AsSingle(), accumulate);
        Put(y + (2 * yStride), Avx512F.UnpackLow(abHigh, cdHigh).AsSingle(), accumulate);
        Put(y + (3 * yStride), Avx512F.UnpackHigh(abHigh, cdHigh).AsSingle(), accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* y, Vector512<float> value, bool accumulate)
        => (accumulate ? Vector512.Load(y) + value : value).Store(y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4x4(float* x, nint stride, float* y, nint yStride, bool accumulate)
    {
        Vector128<float> a = Vector128.Load(x);
        Vector128<float> b = Vector128.Load(x + stride);
        Vector128<float> c = Vector128.Load(x + (2 * stride));
        Vector128<float> d = Vector128.Load(x + (3 * stride));
        Vector128<double> abLow = ZipLow(a, b).AsDouble();
        Vector128<double> abHigh = ZipHigh(a, b).AsDouble();
        Vector128<double> cdLow = ZipLow(c, d).AsDouble();
        Vector128<double> cdHigh = ZipHigh(c, d).AsDouble();
        Put(y, Vector128.Create(abLow[0], cdLow[0]).AsSingle(), accumulate);
        Put(y + yStride, Vector128.Create(abLow[1], cdLow[1]).AsSingle(), accumulate);
        Put(y + (2 * yStride), Vector128.Create(abHigh[0], cdHigh[0]).AsSingle(), accumulate);
        Put(y + (3 * yStride), Vector128.Create(abHigh[1], cdHigh[1]).AsSingle(), accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* y, Vector128<float> value, bool accumulate)
        => (accumulate ? Vector128.Load(y) + value : value).Store(y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> ZipLow(Vector128<float> a, Vector128<float> b)
        => Sse.IsSupported
            ? Sse.UnpackLow(a, b)
            : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b) : Vector128.Create(a[0], b[0], a[1], b[1]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> ZipHigh(Vector128<float> a, Vector128<float> b)
        => Sse.IsSupported
            ? Sse.UnpackHigh(a, b)
            : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b) : Vector128.Create(a[2], b[2], a[3], b[3]);
}
