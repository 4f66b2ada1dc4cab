using System.Runtime.CompilerServices;
using ILGPU;
using Floats = ILGPU.ArrayView<float>;
using Ints = ILGPU.ArrayView<int>;
using Quads = ILGPU.ArrayView<CrossPT.Tensors.Ilgpu.Float4>;
using Words = ILGPU.ArrayView<uint>;

namespace CrossPT.Tensors.Ilgpu;

/// <content>The kernels that are more than an operator.</content>
internal sealed partial class IlgpuElementwise
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

    /// <summary>A thread clamps the 32 columns of one word; a word past the last column keeps zeros.</summary>
    private static void ReluWords(Floats x, Floats y, Words bits, Grid2 grid)
    {
        long words = (grid.Columns + 31) / 32;
        for (int row = Tile.FirstRow; row < grid.Rows; row += Tile.RowStep)
        {
            for (long index = Tile.FirstColumn; index < words; index += Tile.ColumnStep)
            {
                long start = index * 32, first = (row * grid.StrideX) + start;
                int count = (int)IntrinsicMath.Min(32, grid.Columns - start);
                uint word = 0;
                for (int i = 0; i < count; i++)
                {
                    float value = x[first + i];
                    if (value > 0) word |= 1u << i;
                    // Not the maximum, which would lose NaN.
                    y[first + i] = value < 0 ? 0 : value;
                }
                if (grid.StrideY > 0) bits[(row * grid.StrideY) + index] = word;
            }
        }
    }

    private static void ReluMask(Floats dy, Words bits, Floats dx, Grid2 grid)
    {
        for (int row = Tile.FirstRow; row < grid.Rows; row += Tile.RowStep)
        {
            for (long column = Tile.FirstColumn; column < grid.Columns; column += Tile.ColumnStep)
            {
                uint word = bits[(row * grid.StrideY) + (column / 32)];
                long index = (row * grid.StrideX) + column;
                dx[index] = (word >> (int)(column & 31) & 1) != 0 ? dy[index] : 0;
            }
        }
    }

    private static void GatedGeluBackwardQuads(Quads dy, Quads gate, Quads linear, Quads dGate, Quads dLinear, Grid5 grid)
    {
        for (int row = Tile.FirstRow; row < grid.Rows; row += Tile.RowStep)
        {
            for (long column = Tile.FirstColumn; column < grid.Columns; column += Tile.ColumnStep)
            {
                Float4 d = dy[(row * grid.StrideA) + column], x = gate[(row * grid.StrideB) + column], l = linear[(row * grid.StrideC) + column], dx, dl;
                dx.X = Gradients(d.X, x.X, l.X, out dl.X);
                dx.Y = Gradients(d.Y, x.Y, l.Y, out dl.Y);
                dx.Z = Gradients(d.Z, x.Z, l.Z, out dl.Z);
                dx.W = Gradients(d.W, x.W, l.W, out dl.W);
                dGate[(row * grid.StrideD) + column] = dx;
                dLinear[(row * grid.StrideE) + column] = dl;
            }
        }
    }

    private static void GatedGeluBackwardOne(Floats dy, Floats gate, Floats linear, Floats dGate, Floats dLinear, Grid5 grid)
    {
        for (int row = Tile.FirstRow; row < grid.Rows; row += Tile.RowStep)
        {
            for (long column = Tile.FirstColumn; column < grid.Columns; column += Tile.ColumnStep)
            {
                float d = dy[(row * grid.StrideA) + column], x = gate[(row * grid.StrideB) + column], l = linear[(row * grid.StrideC) + column];
                float dx = Gradients(d, x, l, out float dl);
                dGate[(row * grid.StrideD) + column] = dx;
                dLinear[(row * grid.StrideE) + column] = dl;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Gradients(float d, float x, float linear, out float dLinear)
    {
        float tanh = GatedGeluOperator.Tanh(x);
        dLinear = d * GatedGeluOperator.Gelu(x, tanh);
        return d * linear * GatedGeluOperator.GeluDerivative(x, tanh);
    }

    /// <summary>The masks of <see cref="DropoutMask"/>, bit for bit: a thread makes its row's keys once and then has every so many columns of it.</summary>
    private static void DropoutRows(Floats x, Floats y, Ints rows, Grid3 grid, DropoutKeys keys)
    {
        for (int row = Tile.FirstRow; row < grid.Rows; row += Tile.RowStep)
        {
            keys.Of(keys.HasRows != 0 ? rows[row] : row, out uint key0, out uint key1);
            for (long column = Tile.FirstColumn; column < grid.Columns; column += Tile.ColumnStep)
            {
                float value = x[(row * grid.StrideA) + column];
                y[(row * grid.StrideY) + column] = keys.Keeps((uint)column, key0, key1) ? value * keys.Scale : 0;
            }
        }
    }
}
