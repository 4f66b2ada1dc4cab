using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Runs a product whose inner index is split (split-K): the partial sums go to memory of the call's own, and the last
/// thread group of each block to arrive adds them up (<see cref="Epilogue.Combine"/>).
/// </summary>
internal sealed class SplitKSums(CudaBackend backend, Launcher launcher)
{
    private Storage? _arrived;

    /// <summary>Calls <paramref name="launch"/> with the call and room for its partial sums.</summary>
    public void Run(ProductCall call, int groups, Action<ProductCall> launch)
    {
        call.PartialStride = (call.Columns + 3) / 4 * 4;
        long length = (long)groups * call.Splits * call.Rows * call.PartialStride;
        Storage storage = launcher.Memory.Allocate(length * sizeof(float));
        call.Partials = launcher.At<float>(storage.Address, length);
        call.Arrived = Arrived();
        launch(call);
        storage.Release();
    }

    /// <summary>
    /// A counter for each block of a result, 0 between launches: a plan splits only products of fewer blocks.
    /// </summary>
    private ArrayView<int> Arrived()
    {
        const int bytes = ProductPlan.Enough * sizeof(int);
        if (_arrived is null)
        {
            _arrived = launcher.Memory.Allocate(bytes);
            backend.Upload(new byte[bytes], _arrived.Address);
        }
        return launcher.At<int>(_arrived.Address, ProductPlan.Enough);
    }
}
