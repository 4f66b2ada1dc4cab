using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>Runs a product whose inner index is in pieces: the partial sums go to memory of the call's own, and from there into the result.</summary>
internal sealed class PieceSums(Launcher launcher)
{
    private Action<AcceleratorStream, KernelConfig, ProductCall, ArrayView<float>, int, int, int>? _combine;

    /// <summary>Calls <paramref name="launch"/> with a call whose result are partial sums, then adds those up.</summary>
    public void Run(ProductCall call, int groups, Action<ProductCall> launch)
    {
        int stride = (call.Columns + 3) / 4 * 4, octets = (call.Columns + 7) / 8;
        long length = (long)groups * call.Pieces * call.Rows * stride;
        Storage storage = launcher.Memory.Allocate(length * sizeof(float));
        ArrayView<float> partials = launcher.At<float>(storage.Address, length);
        ProductCall partial = call;
        partial.C = partials;
        partial.CStride = stride;
        launch(partial);
        _combine ??= launcher.Load<ProductCall, ArrayView<float>, int, int, int>(CombineKernel.Combine);
        _combine(launcher.Stream, launcher.Over(checked(groups * call.Rows), octets), call, partials, stride, octets, groups);
        storage.Release();
    }
}
