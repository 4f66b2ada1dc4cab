using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;

namespace CrossPT.Tensors.Cuda;

/// <summary>A compiled kernel apart from ILGPU's context: all that its launches need beside the method.</summary>
internal sealed record KernelPtx(string Text, SharedMemorySpecification SharedMemory)
{
    /// <exception cref="MissingMethodException">ILGPU is not the version this was written for.</exception>
    public static KernelPtx Of(CompiledKernel compiled)
        => new(((PTXCompiledKernel)compiled).PTXAssembly, EntryPointOf(compiled).SharedMemory);

    /// <summary>The kernel as ILGPU's compiler returned it.</summary>
    /// <exception cref="MissingMethodException">ILGPU is not the version this was written for.</exception>
    public CompiledKernel Restore(Context context, KernelMethod kernel)
    {
        EntryPointDescription entry = EntryPointDescription.FromExplicitlyGroupedKernel(kernel.Method);
        return Compiled(context, new EntryPoint(entry, SharedMemory, kernel.Specialization), null, Text);
    }

    // ILGPU 1.5.3 has no public way to load PTX that it did not just compile.
    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern PTXCompiledKernel Compiled(
        Context context, EntryPoint entry, CompiledKernel.KernelInfo? info, string ptx);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_EntryPoint")]
    private static extern EntryPoint EntryPointOf(CompiledKernel compiled);
}
