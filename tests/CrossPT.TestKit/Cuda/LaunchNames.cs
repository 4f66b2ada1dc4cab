using CrossPT.Tensors.Cuda;
using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.TestKit.Cuda;

/// <summary>Names the kernels that are launched.</summary>
/// <param name="inner">Runs them; null for a device that computes nothing.</param>
internal sealed class LaunchNames(IKernelLoader? inner = null) : IKernelLoader
{
    public List<string> Names { get; } = [];

    /// <summary>A back end that computes nothing and names the kernels it launches.</summary>
    public static CudaBackend OpenIdle(MatrixPrecision precision, out List<string> names)
    {
        LaunchNames launches = new();
        names = launches.Names;
        return CudaBackend.OpenWith(launches, precision);
    }

    public Action<AcceleratorStream, KernelConfig, TArgs> Load<TArgs>(KernelMethod kernel)
        where TArgs : struct
    {
        Action<AcceleratorStream, KernelConfig, TArgs>? run = inner?.Load<TArgs>(kernel);
        return (stream, grid, args) =>
        {
            Names.Add(kernel.Name);
            run?.Invoke(stream, grid, args);
        };
    }
}
