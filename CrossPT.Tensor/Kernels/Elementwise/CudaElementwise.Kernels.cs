using System.Runtime.CompilerServices;
using ILGPU;
using Bytes = ILGPU.ArrayView<byte>;
using Floats = ILGPU.ArrayView<float>;
using Ints = ILGPU.ArrayView<int>;
using Quads = ILGPU.ArrayView<CrossPT.Tensors.Cuda.Float4>;

namespace CrossPT.Tensors.Cuda;

/// <content>The kernels that are more than an operator.</content>
internal sealed partial class CudaElementwise
{
    private static void FillQuads(Quads y, Grid2 grid, float value)
    {
        for (int row = Tile.FirstRow; row < grid.Rows; row += Tile.RowStep)
            for (long column = Tile.FirstColumn; column < grid.Columns; column += Tile.ColumnStep)
                y[(row * grid.StrideY) + column] = new Float4(value, value, value, value);
    }

    private static void FillOne(Floats y, Grid2 grid, float value)
    {
        for (int row = Tile.FirstRow; row < grid.Rows; row += Tile.RowStep)
            for (long column = Tile.FirstColumn; column < grid.Columns; column += Tile.ColumnStep)
                y[(row * grid.StrideY) + column] = value;
    }

    /// <summary>A thread clamps the eight columns of a byte of bits; the bits of columns past the last are 0.</summary>
    private static void ReluOctets(Floats x, Floats y, Bytes bits, Grid2 grid, int octets, int vectors)
    {
        for (int row = Tile.FirstRow; row < grid.Rows; row += Tile.RowStep)
        {
            Line from = new(x, row * grid.StrideX, grid.Columns, vectors), to = new(y, row * grid.StrideX, grid.Columns, vectors);
            for (int octet = Tile.FirstColumn; octet < octets; octet += Tile.ColumnStep)
            {
                long column = 8L * octet;
                Float4 low = from.Load(column), high = from.Load(column + 4);
                to.Store(column, Clamped(low));
                to.Store(column + 4, Clamped(high));
                if (grid.StrideY > 0) bits[(row * grid.StrideY) + octet] = (byte)(low.PositiveBits | (high.PositiveBits << 4));
            }
        }
    }

    // Not the maximum, which would lose NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float4 Clamped(Float4 x) => new(x.X < 0 ? 0 : x.X, x.Y < 0 ? 0 : x.Y, x.Z < 0 ? 0 : x.Z, x.W < 0 ? 0 : x.W);

    private static void ReluMask(Floats dy, Bytes bits, Floats dx, Grid2 grid, int vectors)
    {
        for (int row = Tile.FirstRow; row < grid.Rows; row += Tile.RowStep)
        {
            Line from = new(dy, row * grid.StrideX, grid.Columns, vectors), to = new(dx, row * grid.StrideX, grid.Columns, vectors);
            for (long column = 4L * Tile.FirstColumn; column < grid.Columns; column += 4L * Tile.ColumnStep)
                to.Store(column, from.Load(column).Where(bits[(row * grid.StrideY) + (column >> 3)] >> (int)(column & 4)));
        }
    }

    /// <summary>The masks of <see cref="DropoutMask"/>, bit for bit: a thread makes its row's keys once and then has every so many columns of it.</summary>
    private static void DropoutRows(Floats x, Floats y, Ints rows, Grid2 grid, CudaDropoutKeys keys, int vectors)
    {
        for (int row = Tile.FirstRow; row < grid.Rows; row += Tile.RowStep)
        {
            keys.Of(keys.HasRows != 0 ? rows[row] : row, out uint key0, out uint key1);
            Line from = new(x, row * grid.StrideX, grid.Columns, vectors), to = new(y, row * grid.StrideY, grid.Columns, vectors);
            for (long column = 4L * Tile.FirstColumn; column < grid.Columns; column += 4L * Tile.ColumnStep)
            {
                uint first = (uint)column;
                int bits = (keys.Keeps(first, key0, key1) ? 1 : 0) | (keys.Keeps(first + 1, key0, key1) ? 2 : 0)
                    | (keys.Keeps(first + 2, key0, key1) ? 4 : 0) | (keys.Keeps(first + 3, key0, key1) ? 8 : 0);
                to.Store(column, (from.Load(column) * keys.Scale).Where(bits));
            }
        }
    }
}
