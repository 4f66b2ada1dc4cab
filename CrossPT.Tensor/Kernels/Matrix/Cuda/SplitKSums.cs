using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Runs a product whose inner index is split: the partial sums go to memory of the call's own, and from there into the
/// result.
/// </summary>
internal sealed class SplitKSums(Launcher launcher)
{
    private readonly Kernel<CombineArgs> _combine = new(launcher, CombineKernel.Combine);

    /// <summary>
    /// Calls <paramref name="launch"/> with a call whose result are partial sums, then adds those up.
    /// </summary>
    public void Run(ProductCall call, int groups, Action<ProductCall> launch)
    {
        int stride = (call.Columns + 3) / 4 * 4, octets = (call.Columns + 7) / 8;
        long length = (long)groups * call.Splits * call.Rows * stride;
        Storage storage = launcher.Memory.Allocate(length * sizeof(float));
        ArrayView<float> partials = launcher.At<float>(storage.Address, length);
        ProductCall partial = call;
        partial.C = partials;
        partial.CStride = stride;
        launch(partial);
        KernelConfig grid = launcher.Over(checked(groups * call.Rows), octets);
        _combine.Launch(grid, new(call, partials, stride, octets, groups));
        storage.Release();
    }
}
