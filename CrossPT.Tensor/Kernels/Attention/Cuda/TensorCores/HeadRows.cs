using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// The rows of one head of one sequence in a float32 tensor, every one beginning on a 16-byte boundary. There is at
/// least one row; reading past the last row or column gives the last, so that no load waits for a branch.
/// </summary>
/// <remarks>
/// Elements count from the sequence's first in 32 bits, which saves half of the address arithmetic; the host sees to it
/// that they fit.
/// </remarks>
internal readonly struct HeadRows
{
    private readonly ArrayView<Float4> _fours;
    private readonly ArrayView<Float2> _pairs;
    private readonly ArrayView<int> _rounded;
    private readonly int _rows;
    private readonly int _columns;
    private readonly int _stride;

    /// <param name="data">What holds the rows, as the kernel was given it.</param>
    /// <param name="start">First element of row 0.</param>
    /// <param name="rows">Rows of the sequence.</param>
    /// <param name="columns">Width of the head, a multiple of 4.</param>
    /// <param name="stride">Elements from a row to the next.</param>
    /// <param name="rounded">Where what is stored goes in bf16 as well, two elements a word; may be empty.</param>
    public HeadRows(
        ArrayView<float> data, long start, int rows, int columns, int stride, ArrayView<int> rounded)
    {
        _fours = data.Cast<Float4>().SubView(start >> 2);
        _pairs = data.Cast<Float2>().SubView(start >> 1);
        _rounded = rounded.Length > 0 ? rounded.SubView(start >> 1) : rounded;
        _rows = rows;
        _columns = columns;
        _stride = stride;
    }

    /// <summary>Four elements from <paramref name="column"/>, a multiple of 4.</summary>
    public Float4 Four(int row, int column)
        => _fours[((Math.Min(row, _rows - 1) * _stride) + Math.Min(column, _columns - 4)) >> 2];

    /// <summary>Two elements from an even column, as bf16 side by side in a register; 0 past the last column.</summary>
    public int Pair(int row, int column)
    {
        Float2 pair = _pairs[((Math.Min(row, _rows - 1) * _stride) + Math.Min(column, _columns - 2)) >> 1];
        int rounded = Intrinsics.RoundPair(pair.Y, pair.X);
        return column < _columns ? rounded : 0;
    }

    /// <summary>Writes two elements from an even column, or adds them to what is there; not past the end.</summary>
    public void Store(int row, int column, float x, float y, int accumulate)
    {
        if (row >= _rows || column >= _columns) return;
        int at = ((row * _stride) + column) >> 1;
        Float2 before = accumulate != 0 ? _pairs[at] : default;
        Float2 pair = new(before.X + x, before.Y + y);
        _pairs[at] = pair;
        if (_rounded.Length > 0) _rounded[at] = Intrinsics.RoundPair(pair.Y, pair.X);
    }
}
