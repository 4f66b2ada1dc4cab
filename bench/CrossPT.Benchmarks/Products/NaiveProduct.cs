using CrossPT.Tensors.Cuda;
using ILGPU;

namespace CrossPT.Benchmarks.Products;

/// <summary>
/// Version 1: a thread an element. Every element reads a whole row of X and one of W from global memory, 2·K loads for K multiply-adds, and neighbouring threads
/// read W a row apart, so that of each line the memory delivers they use four bytes.
/// </summary>
public static class NaiveProduct
{
    /// <summary>y [rows, outputs] = x [rows, inputs] · wᵀ, w [outputs, inputs]. Grid: as many groups of 16 × 16, or 4 × 4, as cover y.</summary>
    public static void Multiply(ArrayView<float> x, ArrayView<float> w, ArrayView<float> y, int rows, int outputs, int inputs)
    {
        int row = (Grid.IdxY * Group.DimY) + Group.IdxY, column = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (row >= rows || column >= outputs) return;
        long xAt = (long)row * inputs, wAt = (long)column * inputs;
        float sum = 0;
        for (int k = 0; k < inputs; k++) sum = Intrinsics.Fma(x[xAt + k], w[wAt + k], sum);
        y[((long)row * outputs) + column] = sum;
    }
}
