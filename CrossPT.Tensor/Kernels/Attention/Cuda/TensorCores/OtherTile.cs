using System.Runtime.InteropServices;
using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// 32 rows and 64 columns of the side that a group walks over, in shared memory as bf16. A row is 128 bytes, all banks
/// once; its 16-byte word w lies at w xor (row mod 8), so that the eight rows of a matrix meet in no bank.
/// </summary>
internal static class OtherTile
{
    public const int Rows = 32, Columns = 64, RowBytes = 2 * Columns, Bytes = Rows * RowBytes;

    /// <summary>
    /// Rounds a tile of each of two tensors into shared memory, the second behind the first. A thread has eight loads
    /// under way at a time.
    /// </summary>
    public static void Stage(
        ArrayView<BFloat16Four> shared, HeadRows first, HeadRows second, int firstColumn, int row)
    {
        int step = Group.DimX >> 4, column = firstColumn + (4 * (Group.IdxX & 15));
        for (int r = Group.IdxX >> 4; r < Rows; r += 4 * step)
        {
            Float4 a0 = first.Four(row + r, column);
            Float4 a1 = first.Four(row + r + step, column);
            Float4 a2 = first.Four(row + r + (2 * step), column);
            Float4 a3 = first.Four(row + r + (3 * step), column);
            Float4 b0 = second.Four(row + r, column);
            Float4 b1 = second.Four(row + r + step, column);
            Float4 b2 = second.Four(row + r + (2 * step), column);
            Float4 b3 = second.Four(row + r + (3 * step), column);
            int at0 = Four(r), at1 = Four(r + step), at2 = Four(r + (2 * step)), at3 = Four(r + (3 * step));
            shared[at0] = BFloat16Four.Of(a0);
            shared[at1] = BFloat16Four.Of(a1);
            shared[at2] = BFloat16Four.Of(a2);
            shared[at3] = BFloat16Four.Of(a3);
            shared[at0 + (Bytes / 8)] = BFloat16Four.Of(b0);
            shared[at1 + (Bytes / 8)] = BFloat16Four.Of(b1);
            shared[at2 + (Bytes / 8)] = BFloat16Four.Of(b2);
            shared[at3 + (Bytes / 8)] = BFloat16Four.Of(b3);
        }
    }

    /// <summary>Where this thread's four elements of a row are: halves of a word stay together.</summary>
    private static int Four(int row) => (row * (Columns / 4)) + ((Group.IdxX & 15) ^ ((row & 7) << 1));
}

/// <summary>Four neighbouring bf16: one 8-byte access.</summary>
[StructLayout(LayoutKind.Sequential, Size = 8)]
internal struct BFloat16Four
{
    public int Low, High;

    public static BFloat16Four Of(Float4 x)
        => new() { Low = Intrinsics.RoundPair(x.Y, x.X), High = Intrinsics.RoundPair(x.W, x.Z) };
}

/// <summary>
/// The four addresses from which a lane reads the matrices of a tile; all others are whole rows further.
/// </summary>
internal readonly struct TileLanes
{
    public readonly int Word0, Word1, Word2, Word3;

    private TileLanes(int word0, int word1, int word2, int word3)
    {
        Word0 = word0;
        Word1 = word1;
        Word2 = word2;
        Word3 = word3;
    }

    /// <summary>The same addresses in the tile behind it: a constant further, which costs no register.</summary>
    public TileLanes Next => new(
        Word0 + OtherTile.Bytes, Word1 + OtherTile.Bytes, Word2 + OtherTile.Bytes, Word3 + OtherTile.Bytes);

    /// <summary>For products over the tile's columns, 16 at an address: two times eight rows of two words.</summary>
    public static TileLanes OverColumns(int tile)
    {
        int lane = Group.IdxX & 31;
        return Of(tile, (lane & 7) + (8 * (lane >> 4)), (lane >> 3) & 1);
    }

    /// <summary>
    /// For products over the tile's rows, through the transposing load: 16 columns at an address, 16 rows of two words.
    /// </summary>
    public static TileLanes OverRows(int tile)
    {
        int lane = Group.IdxX & 31;
        return Of(tile, lane & 15, lane >> 4);
    }

    private static TileLanes Of(int tile, int row, int word)
    {
        int at = (row * OtherTile.RowBytes) + ((word ^ (row & 7)) << 4);
        return new TileLanes(
            Intrinsics.Settle(tile + at), Intrinsics.Settle(tile + (at ^ 32)), Intrinsics.Settle(tile + (at ^ 64)),
            Intrinsics.Settle(tile + (at ^ 96)));
    }
}
