using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// A row of floats in global memory, read and written four columns at a time: 16 bytes at once where it begins on a
/// 16-byte boundary. One kernel then serves every row, and its sums have the same order wherever the row lies.
/// </summary>
/// <param name="data">What holds the row, as the kernel was given it: ILGPU reads 16 bytes at once only from views
/// whose beginning it knows.</param>
/// <param name="start">First element of the row.</param>
/// <param name="columns">Elements of the row.</param>
/// <param name="vectors">1 where the row begins on a 16-byte boundary.</param>
internal readonly struct Line(ArrayView<float> data, long start, long columns, int vectors)
{
    private readonly ArrayView<float> _data = data;
    private readonly long _start = start;
    private readonly long _columns = columns;
    private readonly int _vectors = vectors;

    /// <summary>
    /// Four elements from <paramref name="column"/>, a multiple of 4; <paramref name="rest"/> for those past the last.
    /// </summary>
    public Float4 Load(long column, float rest = 0)
    {
        long at = _start + column;
        if (column + 3 < _columns && _vectors != 0) return _data.Cast<Float4>()[at >> 2];
        float x = column < _columns ? _data[at] : rest;
        float y = column + 1 < _columns ? _data[at + 1] : rest;
        float z = column + 2 < _columns ? _data[at + 2] : rest;
        float w = column + 3 < _columns ? _data[at + 3] : rest;
        return new Float4(x, y, z, w);
    }

    /// <summary>A bit for each of the four elements from <paramref name="column"/> that the row has.</summary>
    public int Existing(long column) => column + 3 < _columns ? 15 : (1 << (int)(_columns - column)) - 1;

    /// <summary>Writes those of four elements that the row has.</summary>
    public void Store(long column, Float4 value)
    {
        long at = _start + column;
        if (column + 3 < _columns && _vectors != 0)
        {
            _data.Cast<Float4>()[at >> 2] = value;
            return;
        }
        if (column < _columns) _data[at] = value.X;
        if (column + 1 < _columns) _data[at + 1] = value.Y;
        if (column + 2 < _columns) _data[at + 2] = value.Z;
        if (column + 3 < _columns) _data[at + 3] = value.W;
    }
}
