using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Scores of one block in shared memory, [other, own]: a step of the second product's sum is a line, and a thread that
/// walks over the scores of one own row meets its neighbours in no bank.
/// </summary>
internal static class ScoreTile<TTile>
    where TTile : struct, ITile
{
    /// <summary>16-byte words of a tile.</summary>
    public static int Words => TTile.Edge * TTile.Edge / 4;

    /// <summary>
    /// Where the word with own rows 4·<paramref name="word"/> … of line <paramref name="other"/> is; words are
    /// exchanged by the line.
    /// </summary>
    public static int Word(int other, int word) => (other * (TTile.Edge / 4)) + (word ^ ((other >> 2) & 7));

    /// <summary>Where an element is, among floats.</summary>
    public static int Element(int other, int own) => (4 * Word(other, own >> 2)) + (own & 3);

    /// <summary>Puts a block [own, other] that the group has summed into a tile.</summary>
    public static void Store(RegisterTile sum, ArrayView<Float4> tile)
    {
        int row = KTiles<TTile>.Row(Group.IdxX);
        int column = 4 * KTiles<TTile>.Column(Group.IdxX);
        int rowHalf = TTile.Edge / 8;
        int half = TTile.Edge / 2;
        tile[Word(column, row)] = sum.UpperL0;
        tile[Word(column, row + rowHalf)] = sum.LowerL0;
        tile[Word(column + 1, row)] = sum.UpperL1;
        tile[Word(column + 1, row + rowHalf)] = sum.LowerL1;
        tile[Word(column + 2, row)] = sum.UpperL2;
        tile[Word(column + 2, row + rowHalf)] = sum.LowerL2;
        tile[Word(column + 3, row)] = sum.UpperL3;
        tile[Word(column + 3, row + rowHalf)] = sum.LowerL3;
        tile[Word(column + half, row)] = sum.UpperH0;
        tile[Word(column + half, row + rowHalf)] = sum.LowerH0;
        tile[Word(column + half + 1, row)] = sum.UpperH1;
        tile[Word(column + half + 1, row + rowHalf)] = sum.LowerH1;
        tile[Word(column + half + 2, row)] = sum.UpperH2;
        tile[Word(column + half + 2, row + rowHalf)] = sum.LowerH2;
        tile[Word(column + half + 3, row)] = sum.UpperH3;
        tile[Word(column + half + 3, row + rowHalf)] = sum.LowerH3;
    }
}
