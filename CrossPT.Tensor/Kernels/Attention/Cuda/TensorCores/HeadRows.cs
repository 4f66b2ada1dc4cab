using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// The rows of one head of one sequence in a float32 tensor, every one beginning on a 16-byte boundary. What is outside
/// reads as 0 and is not written.
/// </summary>
/// <param name="data">What holds the rows, as the kernel was given it.</param>
/// <param name="start">First element of row 0.</param>
/// <param name="rows">Rows of the sequence.</param>
/// <param name="columns">Width of the head, a multiple of 4.</param>
/// <param name="stride">Elements from a row to the next.</param>
internal readonly struct HeadRows(ArrayView<float> data, long start, int rows, int columns, int stride)
{
    private readonly ArrayView<float> _data = data;
    private readonly long _start = start;
    private readonly int _rows = rows;
    private readonly int _columns = columns;
    private readonly int _stride = stride;

    /// <summary>Four elements from <paramref name="column"/>, a multiple of 4.</summary>
    public Float4 Four(int row, int column)
        => row < _rows && column < _columns ? _data.Cast<Float4>()[At(row, column) >> 2] : default;

    /// <summary>Two elements from an even column, as bf16 side by side in a register.</summary>
    public int Pair(int row, int column)
    {
        Float2 pair = row < _rows && column < _columns ? _data.Cast<Float2>()[At(row, column) >> 1] : default;
        return Intrinsics.RoundPair(pair.Y, pair.X);
    }

    /// <summary>Writes two elements from an even column, or adds them to what is there.</summary>
    public void Store(int row, int column, float x, float y, int accumulate)
    {
        if (row >= _rows || column >= _columns) return;
        ArrayView<Float2> pairs = _data.Cast<Float2>();
        long at = At(row, column) >> 1;
        Float2 before = accumulate != 0 ? pairs[at] : default;
        pairs[at] = new Float2(before.X + x, before.Y + y);
    }

    private long At(int row, int column) => _start + ((long)row * _stride) + column;
}
