using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// A matrix in global memory as a kernel reads it: lines of contiguous elements, some of which may be missing.
/// </summary>
/// <param name="data">What holds the elements, as the kernel was given it: ILGPU reads 16 bytes at once only from views
/// whose beginning it knows.</param>
/// <param name="start">First element of line 0; line l begins l · <paramref name="stride"/> further.</param>
/// <param name="lines">Lines that exist; those past them read as 0.</param>
/// <param name="columns">Elements of a line; those past them read as 0.</param>
/// <param name="stride">Elements from a line to the next.</param>
/// <param name="vectors">1 where every line begins on a 16-byte boundary.</param>
/// <param name="mask">Bits of the elements that count, of <see cref="MaskedLines"/>.</param>
/// <param name="maskStride">Bytes from the bits of a line to those of the next.</param>
internal readonly struct Operand(
    ArrayView<float> data, long start, int lines, int columns, int stride, int vectors, ArrayView<byte> mask = default,
    int maskStride = 0)
{
    private readonly ArrayView<float> _data = data;
    private readonly ArrayView<byte> _mask = mask;
    private readonly long _start = start;
    private readonly int _lines = lines;
    private readonly int _columns = columns;
    private readonly int _stride = stride;
    private readonly int _vectors = vectors;
    private readonly int _maskStride = maskStride;

    /// <summary>Where an element is.</summary>
    public long Element(int line, int column) => _start + Lines(line) + column;

    /// <summary>Elements from a line to one so many further.</summary>
    public long Lines(int count) => (long)count * _stride;

    /// <summary>Columns of a line at which four elements begin that can be read at once.</summary>
    public int WholeColumns(int line) => _vectors != 0 && line < _lines ? _columns - 3 : 0;

    /// <summary>Lines of which four elements from <paramref name="column"/> can be read at once.</summary>
    public int WholeLines(int column) => _vectors != 0 && column + 3 < _columns ? _lines : 0;

    /// <summary>Four elements that can be read at once, from <paramref name="element"/>.</summary>
    public Float4 Whole(long element) => _data.Cast<Float4>()[element >> 2];

    /// <summary>
    /// Four elements of a line from <paramref name="column"/>, a multiple of 4; those that are missing are 0.
    /// </summary>
    public Float4 Load(int line, int column)
    {
        if (line >= _lines) return default;
        long at = Element(line, column);
        if (column < WholeColumns(line)) return Whole(at);
        float x = column < _columns ? _data[at] : 0;
        float y = column + 1 < _columns ? _data[at + 1] : 0;
        float z = column + 2 < _columns ? _data[at + 2] : 0;
        float w = column + 3 < _columns ? _data[at + 3] : 0;
        return new Float4(x, y, z, w);
    }

    /// <summary>Four elements of a line from <paramref name="column"/>, 0 where the bit is clear.</summary>
    public Float4 Masked(Float4 word, int line, int column)
        => line >= _lines || column >= _columns
            ? word
            : word.Where(_mask[((long)line * _maskStride) + (column >> 3)] >> (column & 4));
}

/// <summary>Which way an operand lies: known to the compiler.</summary>
internal interface IOrder
{
    /// <summary>Whether the inner index, which the sum runs over, is the contiguous one.</summary>
    static abstract bool InnerIsContiguous { get; }

    /// <summary>Whether only the elements with a bit count.</summary>
    static abstract bool IsMasked { get; }
}

/// <summary>A line is a row of A, or a column of B: X and W of X·Wᵀ.</summary>
internal readonly struct InnerLines : IOrder
{
    public static bool InnerIsContiguous => true;

    public static bool IsMasked => false;
}

/// <summary>dY of a layer with ReLU: <see cref="InnerLines"/> of which the elements whose bit is clear are 0.</summary>
internal readonly struct MaskedLines : IOrder
{
    public static bool InnerIsContiguous => true;

    public static bool IsMasked => true;
}

/// <summary>A line is a step of the sum: W of dY·W.</summary>
internal readonly struct OuterLines : IOrder
{
    public static bool InnerIsContiguous => false;

    public static bool IsMasked => false;
}
