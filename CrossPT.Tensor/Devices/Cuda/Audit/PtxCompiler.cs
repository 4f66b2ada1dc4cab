using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;

namespace CrossPT.Tensors.Cuda;

/// <summary>Compiles kernels to PTX without a device.</summary>
internal static class PtxCompiler
{
    /// <summary>As for compute capability 8.0, which newer devices get too: ILGPU targets none above.</summary>
    public static string Compile(KernelMethod kernel) => Compile(kernel, CudaArchitecture.SM_80);

    /// <summary>As for a compute capability up to 8.0.</summary>
    public static string Compile(KernelMethod kernel, CudaArchitecture architecture)
    {
        // A context whose compilation once failed is of no further use, so each kernel has its own.
        using Context context = CudaBackend.Create(static _ => { });
        using PTXBackend backend = new(context, architecture, CudaInstructionSet.ISA_80, null!);
        EntryPointDescription entry = EntryPointDescription.FromExplicitlyGroupedKernel(kernel.Method);
        CompiledKernel compiled = backend.Compile(entry, kernel.Specialization);
        return ((PTXCompiledKernel)compiled).PTXAssembly;
    }
}
