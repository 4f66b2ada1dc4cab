using CrossPT.Tensors.Cuda;
using ILGPU;

namespace CrossPT.Benchmarks.Products;

/// <summary>
/// Version 1: a thread an element. Every element reads a whole row of X and one of W from global memory, 2·K loads for
/// K multiply-adds, and neighbouring threads read W a row apart, so that of each line the memory delivers they use four
/// bytes.
/// </summary>
public static class NaiveProduct
{
    /// <summary>Grid: as many groups of 16 × 16, or 4 × 4, as cover y.</summary>
    public static void Multiply(ProductArgs args)
    {
        int row = (Grid.IdxY * Group.DimY) + Group.IdxY, column = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (row >= args.Rows || column >= args.Outputs) return;
        long xAt = (long)row * args.Inputs, wAt = (long)column * args.Inputs;
        float sum = 0;
        for (int k = 0; k < args.Inputs; k++) sum = Intrinsics.Fma(args.X[xAt + k], args.W[wAt + k], sum);
        args.Y[((long)row * args.Outputs) + column] = sum;
    }
}
