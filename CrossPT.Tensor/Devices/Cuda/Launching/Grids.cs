using System.Runtime.CompilerServices;
using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// The loops of a kernel launched on <see cref="Launcher.Over(int, long)"/>: a thread strides by the whole grid.
/// </summary>
internal static class GridStride
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

    /// <summary>First column where a thread takes four at a time.</summary>
    public static long FirstWord
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 4L * FirstColumn;
    }

    /// <summary>Columns to a thread's next four.</summary>
    public static long WordStep
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 4L * ColumnStep;
    }
}

/// <summary>The rows and columns a kernel goes over, the same for all its matrices.</summary>
internal readonly struct Extent(int rows, long columns, int vectors)
{
    public readonly long Columns = columns;
    public readonly int Rows = rows;

    /// <summary>1 where every row of every matrix begins on a 16-byte boundary.</summary>
    public readonly int Vectors = vectors;

    /// <summary>For a kernel to which rows do not matter: matrices that all lie end to end count as one row.</summary>
    public static Extent Of(params ReadOnlySpan<Tensor> tensors)
    {
        foreach (Tensor tensor in tensors)
        {
            if (!tensor.IsContiguous) return OfRows(tensors);
        }
        return new Extent(1, tensors[0].Length, Launcher.FlatVectors(tensors));
    }

    /// <summary>Row by row; the first matrix says how many.</summary>
    public static Extent OfRows(params ReadOnlySpan<Tensor> tensors)
        => new(tensors[0].Rows, tensors[0].Columns, Launcher.Vectors(tensors));
}

/// <summary>A matrix as a kernel is given it.</summary>
internal readonly struct MatrixView(ArrayView<float> data, long stride)
{
    public readonly ArrayView<float> Data = data;

    /// <summary>Elements from a row to the next.</summary>
    public readonly long Stride = stride;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Line Row(long row, Extent extent) => new(Data, row * Stride, extent.Columns, extent.Vectors);
}
