using System.Reflection;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>Makes a launchable delegate of a kernel: the one place where kernels are compiled.</summary>
internal interface IKernelLoader
{
    /// <summary>A delegate (stream, grid, arguments…) of an explicitly grouped kernel.</summary>
    TDelegate Load<TDelegate>(MethodInfo kernel, KernelSpecialization specialization)
        where TDelegate : Delegate;
}

/// <summary>Compiles for ILGPU's CPU accelerator, which has no registers to limit.</summary>
internal sealed class AcceleratorLoader(Accelerator accelerator) : IKernelLoader
{
    public TDelegate Load<TDelegate>(MethodInfo kernel, KernelSpecialization specialization)
        where TDelegate : Delegate
        => accelerator.LoadKernel<TDelegate>(kernel);
}
