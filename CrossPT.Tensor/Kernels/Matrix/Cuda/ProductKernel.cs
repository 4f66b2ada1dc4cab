using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>The float32 product of two matrices, with what follows it.</summary>
internal static class ProductKernel
{
    /// <summary>A thread group computes a block of C. Grid: blocks × 1 × groups · splits.</summary>
    public static void Multiply<TTile, TA, TB>(ProductCall call)
        where TTile : struct, ITile
        where TA : struct, IOrder
        where TB : struct, IOrder
    {
        ArrayView<Float4> shared = SharedMemory.Allocate<Float4>(KTiles<TTile>.SharedWords);
        int group = Grid.IdxZ / call.Splits, split = Grid.IdxZ % call.Splits;
        int block = Grid.IdxX, row = call.BlockRow(block) * TTile.Edge, column = call.BlockColumn(block) * TTile.Edge;
        int inner = split * call.SplitLength, end = Math.Min(call.Inner, inner + call.SplitLength);

        Operand a = new(
            call.A, group * (long)call.AGroup, TA.InnerIsContiguous ? call.Rows : call.Inner,
            TA.InnerIsContiguous ? call.Inner : call.Rows, call.AStride, call.AVectors,
            call.Mask, call.MaskStride);
        Operand b = new(
            call.B, group * call.BGroup, TB.InnerIsContiguous ? call.Columns : call.Inner,
            TB.InnerIsContiguous ? call.Inner : call.Columns, call.BStride, call.BVectors,
            call.Mask, 0);
        RegisterTile sum = default;
        KTiles<TTile>.Multiply<TA, TB>(ref sum, a, row, b, column, inner, end, shared, TTile.Edge);
        sum.Stage<TTile>(shared, lower: false);
        Group.Barrier();
        Epilogue.Store(call, shared, TTile.Edge / 4, TTile.Edge / 2, TTile.Edge / 4, row, column);
        Group.Barrier();
        sum.Stage<TTile>(shared, lower: true);
        Group.Barrier();
        Epilogue.Store(call, shared, TTile.Edge / 4, TTile.Edge / 2, TTile.Edge / 4, row + (TTile.Edge / 2), column);
        Epilogue.Combine(call, shared, TTile.Edge, row, column);
    }
}
