using CrossPT.Tensors;
using CrossPT.Tensors.Cuda;
using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Benchmarks.Products;

/// <summary>
/// One product, X·Wᵀ, as the back end does it and as simpler kernels do: how it got fast, step by step. The simpler ones are kept to be read and measured; nothing
/// else uses them.
/// </summary>
internal sealed class ProductSeries(CudaBackend backend)
{
    private Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, int>? _naive, _shared;

    /// <summary>Version 1: <see cref="NaiveProduct"/>. x [rows, inputs], w [outputs, inputs], y [rows, outputs].</summary>
    public void Naive(Tensor x, Tensor w, Tensor y) => Launch(_naive ??= Load(NaiveProduct.Multiply), x, w, y);

    /// <summary>Version 2: <see cref="SharedTileProduct"/>.</summary>
    public void SharedTiles(Tensor x, Tensor w, Tensor y) => Launch(_shared ??= Load(SharedTileProduct.Multiply), x, w, y);

    /// <summary>Version 3, in the product: register tiles.</summary>
    public void RegisterTiles(Tensor x, Tensor w, Tensor y) => backend.Matrix.Product(x, transposeA: false, w, transposeB: true, y);

    private Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, int> Load(
        Action<ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, int> kernel) => backend.Launcher.Load(kernel);

    private void Launch(
        Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, int> kernel, Tensor x, Tensor w, Tensor y)
    {
        Launcher launcher = backend.Launcher;
        int edge = launcher.GroupSize < SharedTileProduct.Edge * SharedTileProduct.Edge ? 4 : SharedTileProduct.Edge;
        KernelConfig grid = new(new Index2D((y.Columns + edge - 1) / edge, (y.Rows + edge - 1) / edge), new Index2D(edge, edge));
        kernel(launcher.Stream, grid, launcher.Floats(x), launcher.Floats(w), launcher.Floats(y), x.Rows, w.Rows, x.Columns);
    }
}
