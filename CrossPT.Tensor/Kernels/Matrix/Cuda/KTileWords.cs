using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// The two 16-byte words that one thread brings of every k-tile of an operand, one <see cref="Apart"/> lines after the
/// other: where they are read, and where in shared memory they go.
/// </summary>
/// <remarks>Remainders are masks: ILGPU leaves a remainder to the assembler, which divides.</remarks>
internal struct KTileWords<TTile, TOrder>
    where TTile : struct, ITile
    where TOrder : struct, IOrder
{
    private readonly Operand _operand;
    private readonly int _outer;

    // The first word in the k-tile of step 0; and up to which step both words are whole and can be read at once.
    private readonly long _element;
    private readonly int _whole;

    private Float4 _word0;
    private Float4 _word1;

    /// <summary>
    /// Words of thread <paramref name="index"/> for the block that begins at <paramref name="outer"/>, in the order
    /// memory has them.
    /// </summary>
    public KTileWords(Operand operand, int outer, int index)
    {
        _operand = operand;
        _outer = outer;
        _word0 = _word1 = default;
        int line = Line(outer, index), column = Column(outer, index);
        _element = Intrinsics.SettleLong(operand.Element(line, column));
        _whole = Intrinsics.Settle(
            TOrder.InnerIsContiguous
                ? Math.Min(operand.WholeColumns(line), operand.WholeColumns(line + Apart)) - column
                : operand.WholeLines(column) - (line + Apart));
    }

    private static int WordsOfLine => TOrder.InnerIsContiguous ? TTile.Depth / 4 : KTiles<TTile>.Words;

    /// <summary>Lines from the first word to the second.</summary>
    private static int Apart => KTiles<TTile>.Threads / WordsOfLine;

    /// <summary>Reads the words of the k-tile that begins at <paramref name="step"/>.</summary>
    public void Fetch(int step)
    {
        long at = _element + (TOrder.InnerIsContiguous ? step : _operand.Lines(step));
        int line = Line(_outer, Group.IdxX), column = Column(_outer, Group.IdxX);
        if (TOrder.InnerIsContiguous) column += step;
        else line += step;
        bool isWhole = step < _whole;
        _word0 = isWhole ? _operand.Whole(at) : _operand.Load(line, column);
        _word1 = isWhole ? _operand.Whole(at + _operand.Lines(Apart)) : _operand.Load(line + Apart, column);
        if (!TOrder.IsMasked) return;
        _word0 = _operand.Masked(_word0, line, column);
        _word1 = _operand.Masked(_word1, line + Apart, column);
    }

    /// <summary>Puts the words into the k-tile at <paramref name="kTile"/>.</summary>
    public readonly void Stash(ArrayView<Float4> shared, int kTile)
    {
        Stash(shared, kTile, Group.IdxX, _word0);
        Stash(shared, kTile, Group.IdxX + KTiles<TTile>.Threads, _word1);
    }

    private static int Line(int outer, int index)
        => TOrder.InnerIsContiguous ? outer + (index / WordsOfLine) : index / WordsOfLine;

    private static int Column(int outer, int index)
        => (TOrder.InnerIsContiguous ? 0 : outer) + ((index & (WordsOfLine - 1)) * 4);

    /// <summary>
    /// Puts a word into a k-tile; where the inner index is the contiguous one, each of its elements to another step.
    /// </summary>
    private static void Stash(ArrayView<Float4> shared, int kTile, int index, Float4 word)
    {
        int words = KTiles<TTile>.Words, line = Line(0, index), column = Column(0, index);
        if (!TOrder.InnerIsContiguous)
        {
            shared[kTile + (line * words) + ((column >> 2) ^ KTiles<TTile>.Spread(line))] = word;
            return;
        }
        int steps = 4 * words;
        ArrayView<float> elements = shared.Cast<float>().SubView(
            (4 * (kTile + (column * words) + ((line >> 2) ^ KTiles<TTile>.Spread(column)))) + (line & 3),
            (3 * steps) + 1);
        elements[0] = word.X;
        elements[steps] = word.Y;
        elements[2 * steps] = word.Z;
        elements[3 * steps] = word.W;
    }
}
