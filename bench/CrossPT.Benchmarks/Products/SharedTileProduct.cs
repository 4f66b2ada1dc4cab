using CrossPT.Tensors.Cuda;
using ILGPU;

namespace CrossPT.Benchmarks.Products;

/// <summary>
/// Version 2: still a thread an element, but a group first brings a square of X and one of W into shared memory, each
/// number once, in whole lines. Global loads fall to a sixteenth; what is left are two loads from shared memory for
/// every multiply-add, and that memory is now the limit. Version 3 is what <c>ProductKernel</c> does: each thread keeps
/// 8 × 8 sums in registers and does 64 multiply-adds for 16 numbers it loads. Version 4, <c>TensorCoreKernel</c>, has
/// the tensor cores multiply in bf16.
/// </summary>
public static class SharedTileProduct
{
    /// <summary>Edge of a square, at most.</summary>
    public const int Edge = 16;

    /// <summary>Grid: square groups of at most 16 × 16 that cover y.</summary>
    public static void Multiply(ProductArgs args)
    {
        // A row longer than it has elements, so that the threads of a warp, which read W down a column, meet in no
        // bank.
        ArrayView<float> xs = SharedMemory.Allocate<float>(Edge * (Edge + 1));
        ArrayView<float> ws = SharedMemory.Allocate<float>(Edge * (Edge + 1));
        int rows = args.Rows, outputs = args.Outputs, inputs = args.Inputs;
        int edge = Group.DimX, stride = edge + 1, i = Group.IdxY, j = Group.IdxX;
        int row = (Grid.IdxY * edge) + i, column = (Grid.IdxX * edge) + j, wRow = (Grid.IdxX * edge) + i;
        float sum = 0;
        for (int start = 0; start < inputs; start += edge)
        {
            int k = start + j;
            xs[(i * stride) + j] = row < rows && k < inputs ? args.X[((long)row * inputs) + k] : 0;
            ws[(i * stride) + j] = wRow < outputs && k < inputs ? args.W[((long)wRow * inputs) + k] : 0;
            Group.Barrier();
            for (int step = 0; step < edge; step++)
                sum = Intrinsics.Fma(xs[(i * stride) + step], ws[(j * stride) + step], sum);
            Group.Barrier();
        }
        if (row < rows && column < outputs) args.Y[((long)row * outputs) + column] = sum;
    }
}
