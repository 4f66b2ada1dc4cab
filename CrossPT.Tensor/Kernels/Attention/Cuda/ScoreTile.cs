using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Scores of one block in shared memory, [other, own]: a step of the second product's sum is a line, and a thread that
/// walks over the scores of one own row meets its neighbours in no bank.
/// </summary>
internal static class ScoreTile
{
    /// <summary>16-byte words of a tile.</summary>
    public static int Words => Tile64.Edge * Tile64.Edge / 4;

    /// <summary>
    /// Where the word with own rows 4·<paramref name="word"/> … of line <paramref name="other"/> is; words are
    /// exchanged by the line.
    /// </summary>
    public static int Word(int other, int word) => (other * (Tile64.Edge / 4)) + (word ^ ((other >> 2) & 7));

    /// <summary>Where an element is, among floats.</summary>
    public static int Element(int other, int own) => (4 * Word(other, own >> 2)) + (own & 3);

    /// <summary>Puts a block [own, other] that the group has summed into a tile.</summary>
    public static void Store(RegisterTile sum, ArrayView<Float4> tile)
    {
        int row = KTiles<Tile64>.Row(Group.IdxX);
        int column = 4 * KTiles<Tile64>.Column(Group.IdxX);
        int rowHalf = Tile64.Edge / 8;
        int half = Tile64.Edge / 2;
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

    /// <summary>
    /// sum += Aᵀ·B where A [inner, Edge] is a score tile in shared memory and B comes in k-tiles: the second product of
    /// attention. <paramref name="rows"/> as for <see cref="KTiles{TTile}.Multiply"/>.
    /// </summary>
    public static void MultiplyHeld(
        ref RegisterTile sum, ArrayView<Float4> held, Operand b, int column, int inner, int innerEnd,
        ArrayView<Float4> shared, int rows)
    {
        int kTile = Tile64.Depth * KTiles<Tile64>.Words, buffer = 0;
        int threadRow = KTiles<Tile64>.Row(Group.IdxX), threadColumn = KTiles<Tile64>.Column(Group.IdxX);
        if (inner >= innerEnd) return;
        KTileWords<Tile64, OuterLines> words = new(b, column, Group.IdxX);
        words.Fetch(inner);
        words.Stash(shared, 0);
        Group.Barrier();
        for (int at = inner; at < innerEnd; at += Tile64.Depth)
        {
            int next = at + Tile64.Depth, step = at - inner;
            if (next < innerEnd) words.Fetch(next);
            if (rows >= Tile64.Edge || 4 * threadRow < rows)
            {
                KTiles<Tile64>.FourSteps(ref sum, held, Word(step, threadRow), shared, buffer + threadColumn);
                int bAt = buffer + (4 * KTiles<Tile64>.Words) + (threadColumn ^ KTiles<Tile64>.Spread(4));
                KTiles<Tile64>.FourSteps(ref sum, held, Word(step + 4, threadRow), shared, bAt);
            }
            buffer = kTile - buffer;
            if (next < innerEnd) words.Stash(shared, buffer);
            Group.Barrier();
        }
    }
}
