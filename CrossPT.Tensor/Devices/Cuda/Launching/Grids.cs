using System.Runtime.CompilerServices;
using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>Which rows and columns a thread has in a grid of <see cref="Launcher.Over"/>.</summary>
internal static class Tile
{
    public static int FirstRow
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Grid.IdxY * Group.DimY) + Group.IdxY;
    }

    public static int RowStep
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Grid.DimY * Group.DimY;
    }

    public static int FirstColumn
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Grid.IdxX * Group.DimX) + Group.IdxX;
    }

    public static int ColumnStep
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Grid.DimX * Group.DimX;
    }
}

/// <summary>Sizes of a kernel over two matrices, in elements or in fours. Operands that all lie end to end count as one row.</summary>
internal readonly struct Grid2(int rows, long columns, long strideX, long strideY)
{
    public readonly long Columns = columns, StrideX = strideX, StrideY = strideY;
    public readonly int Rows = rows;

    public static Grid2 Of(Tensor x, Tensor y, bool quads)
    {
        int width = quads ? 4 : 1;
        return x.IsContiguous && y.IsContiguous
            ? new Grid2(1, x.Length / width, 0, 0)
            : new Grid2(x.Rows, x.Columns / width, x.RowStride / width, y.RowStride / width);
    }
}

/// <summary>Sizes of a kernel over three matrices.</summary>
internal readonly struct Grid3(int rows, long columns, long strideA, long strideB, long strideY)
{
    public readonly long Columns = columns, StrideA = strideA, StrideB = strideB, StrideY = strideY;
    public readonly int Rows = rows;

    public static Grid3 Of(Tensor a, Tensor b, Tensor y, bool quads)
    {
        int width = quads ? 4 : 1;
        return a.IsContiguous && b.IsContiguous && y.IsContiguous
            ? new Grid3(1, a.Length / width, 0, 0, 0)
            : new Grid3(a.Rows, a.Columns / width, a.RowStride / width, b.RowStride / width, y.RowStride / width);
    }
}

/// <summary>Sizes of a kernel over five matrices.</summary>
internal readonly struct Grid5(int rows, long columns, long strideA, long strideB, long strideC, long strideD, long strideE)
{
    public readonly long Columns = columns, StrideA = strideA, StrideB = strideB, StrideC = strideC, StrideD = strideD, StrideE = strideE;
    public readonly int Rows = rows;

    public static Grid5 Of(Tensor a, Tensor b, Tensor c, Tensor d, Tensor e, bool quads)
    {
        int width = quads ? 4 : 1;
        return a.IsContiguous && b.IsContiguous && c.IsContiguous && d.IsContiguous && e.IsContiguous
            ? new Grid5(1, a.Length / width, 0, 0, 0, 0, 0)
            : new Grid5(a.Rows, a.Columns / width, a.RowStride / width, b.RowStride / width, c.RowStride / width, d.RowStride / width, e.RowStride / width);
    }
}
