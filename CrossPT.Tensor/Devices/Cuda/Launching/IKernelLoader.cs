using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>Makes a launchable delegate of a kernel: the one place where kernels are compiled.</summary>
internal interface IKernelLoader
{
    Action<AcceleratorStream, KernelConfig, TArgs> Load<TArgs>(KernelMethod kernel)
        where TArgs : struct;
}

/// <summary>Compiles for ILGPU's CPU accelerator, which has no registers to limit.</summary>
internal sealed class AcceleratorLoader(Accelerator accelerator) : IKernelLoader
{
    public Action<AcceleratorStream, KernelConfig, TArgs> Load<TArgs>(KernelMethod kernel)
        where TArgs : struct
        => accelerator.LoadKernel<Action<AcceleratorStream, KernelConfig, TArgs>>(kernel.Method);
}
