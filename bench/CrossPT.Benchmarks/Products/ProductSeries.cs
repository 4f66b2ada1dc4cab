using CrossPT.Tensors;
using CrossPT.Tensors.Cuda;
using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Benchmarks.Products;

/// <summary>
/// One product, X·Wᵀ, as the back end does it and as simpler kernels do: how it got fast, step by step. The simpler
/// ones are kept to be read and measured; nothing else uses them.
/// </summary>
internal sealed class ProductSeries(CudaBackend backend)
{
    private readonly Kernel<ProductArgs> _naive = new(backend.Launcher, NaiveProduct.Multiply);
    private readonly Kernel<ProductArgs> _shared = new(backend.Launcher, SharedTileProduct.Multiply);

    /// <summary>
    /// Version 1: <see cref="NaiveProduct"/>. x [rows, inputs], w [outputs, inputs], y [rows, outputs].
    /// </summary>
    public void Naive(Tensor x, Tensor w, Tensor y) => Launch(_naive, x, w, y);

    /// <summary>Version 2: <see cref="SharedTileProduct"/>.</summary>
    public void SharedTiles(Tensor x, Tensor w, Tensor y) => Launch(_shared, x, w, y);

    /// <summary>Version 3, in the product: register tiles.</summary>
    public void RegisterTiles(Tensor x, Tensor w, Tensor y)
        => backend.Matrix.Product(x, transposeA: false, w, transposeB: true, y);

    private void Launch(Kernel<ProductArgs> kernel, Tensor x, Tensor w, Tensor y)
    {
        Launcher launcher = backend.Launcher;
        int edge = launcher.GroupSize < SharedTileProduct.Edge * SharedTileProduct.Edge ? 4 : SharedTileProduct.Edge;
        Index2D groups = new((y.Columns + edge - 1) / edge, (y.Rows + edge - 1) / edge);
        ProductArgs args = new(launcher.Floats(x), launcher.Floats(w), launcher.Floats(y), x.Rows, w.Rows, x.Columns);
        kernel.Launch(new KernelConfig(groups, new Index2D(edge, edge)), args);
    }
}

/// <summary>y [rows, outputs] = x [rows, inputs] · wᵀ, w [outputs, inputs].</summary>
public readonly record struct ProductArgs(
    ArrayView<float> X, ArrayView<float> W, ArrayView<float> Y, int Rows, int Outputs, int Inputs);
