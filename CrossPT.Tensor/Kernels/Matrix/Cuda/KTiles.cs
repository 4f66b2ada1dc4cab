using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// The inner loop of every float32 product: a thread group sums one block of op(A)·op(B), walking along the inner index
/// in k-tiles that all its threads bring into shared memory together.
/// </summary>
/// <remarks>
/// <para>
/// A k-tile is [Depth, Edge], step by step, as 16-byte words; two k-tiles of each operand exist, so that one is filled
/// while the other is read. What comes next is asked for before a k-tile is multiplied and put away after it: the wait
/// for memory is spent computing.
/// </para>
/// <para>
/// Where the inner index is the contiguous one, the four elements of a load go to four steps. Words of a step are
/// exchanged (exclusive or) by the number of the step, so that neither that scattering nor the reading of rows meets
/// twice in one bank.
/// </para>
/// <para>
/// Every element is summed in order of the inner index with fused multiply-adds: its bits do not depend on the tile.
/// </para>
/// </remarks>
internal static class KTiles<TTile>
    where TTile : struct, ITile
{
    /// <summary>Threads of a group.</summary>
    public static int Threads => TTile.Edge / 8 * (TTile.Edge / 8);

    /// <summary>16-byte words of a step.</summary>
    public static int Words => TTile.Edge / 4;

    /// <summary>16-byte words of shared memory: two k-tiles of each operand.</summary>
    public static int SharedWords => 4 * TTile.Depth * Words;

    /// <summary>
    /// Rows that thread t sums: 4·row … 4·row + 3 and those half a block on. A warp is 4 rows by 8 columns of threads.
    /// </summary>
    public static int Row(int t) => ((t >> 5) / (TTile.Edge / 64) * 4) + ((t & 31) >> 3);

    /// <summary>Columns that thread t sums, likewise.</summary>
    public static int Column(int t) => (((t >> 5) & ((TTile.Edge / 64) - 1)) * 8) + (t & 7);

    /// <summary>
    /// sum += A·B over the steps <paramref name="inner"/> … <paramref name="innerEnd"/>, for the block whose first row
    /// is
    /// <paramref name="row"/> and whose first column is <paramref name="column"/>. All threads of the group call it
    /// together; it ends with a barrier. Where no more than <paramref name="rows"/> rows of the block exist, threads
    /// that have none of them sum nothing: in attention whole warps.
    /// </summary>
    public static void Multiply<TA, TB>(
        ref RegisterTile sum, Operand a, int row, Operand b, int column, int inner, int innerEnd,
        ArrayView<Float4> shared, int rows)
        where TA : struct, IOrder
        where TB : struct, IOrder
    {
        int kTile = TTile.Depth * Words, buffer = 0, threadRow = Row(Group.IdxX), threadColumn = Column(Group.IdxX);
        if (inner >= innerEnd) return;
        KTileWords<TTile, TA> aWords = new(a, row, Group.IdxX);
        KTileWords<TTile, TB> bWords = new(b, column, Group.IdxX);
        aWords.Fetch(inner);
        bWords.Fetch(inner);
        aWords.Stash(shared, 0);
        bWords.Stash(shared, kTile);
        Group.Barrier();
        for (int at = inner; at < innerEnd; at += TTile.Depth)
        {
            int next = at + TTile.Depth;
            if (next < innerEnd)
            {
                aWords.Fetch(next);
                bWords.Fetch(next);
            }
            if (rows >= TTile.Edge || 4 * threadRow < rows)
                AddKTile(ref sum, shared, buffer, threadRow, buffer + kTile, threadColumn);
            buffer = (2 * kTile) - buffer;
            if (next < innerEnd)
            {
                aWords.Stash(shared, buffer);
                bWords.Stash(shared, buffer + kTile);
            }
            Group.Barrier();
        }
    }

    /// <summary>
    /// Bits that are exchanged in the numbers of a step's words: the same for four steps, and below half a step's
    /// words.
    /// </summary>
    public static int Spread(int step) => (step >> 2) * (32 / TTile.Depth);

    /// <summary>Steps that are read where so many exist: whole k-tiles, a block at most.</summary>
    public static int Steps(int existing)
        => Math.Min(TTile.Edge, (existing + TTile.Depth - 1) / TTile.Depth * TTile.Depth);

    private static void AddKTile(ref RegisterTile sum, ArrayView<Float4> shared, int aAt, int row, int bAt, int column)
    {
        FourSteps(ref sum, shared, aAt + row, shared, bAt + column);
        FourSteps(
            ref sum, shared, aAt + (4 * Words) + (row ^ Spread(4)), shared, bAt + (4 * Words) + (column ^ Spread(4)));
        if (TTile.Depth <= 8) return;
        FourSteps(
            ref sum, shared, aAt + (8 * Words) + (row ^ Spread(8)), shared, bAt + (8 * Words) + (column ^ Spread(8)));
        FourSteps(
            ref sum, shared, aAt + (12 * Words) + (row ^ Spread(12)), shared,
            bAt + (12 * Words) + (column ^ Spread(12)));
    }

    /// <summary>
    /// Four steps of the sum from words that lie whole steps apart; the thread's other rows and columns are half a
    /// step's words on.
    /// </summary>
    public static void FourSteps(ref RegisterTile sum, ArrayView<Float4> a, int aAt, ArrayView<Float4> b, int bAt)
    {
        // Offsets from one address each are part of the instructions that load.
        int half = Words / 2;
        ArrayView<Float4> x = a.SubView(aAt, (3 * Words) + half + 1), y = b.SubView(bAt, (3 * Words) + half + 1);
        sum.Step(x[0], x[half], y[0], y[half]);
        sum.Step(x[Words], x[Words + half], y[Words], y[Words + half]);
        sum.Step(x[2 * Words], x[(2 * Words) + half], y[2 * Words], y[(2 * Words) + half]);
        sum.Step(x[3 * Words], x[(3 * Words) + half], y[3 * Words], y[(3 * Words) + half]);
    }
}
