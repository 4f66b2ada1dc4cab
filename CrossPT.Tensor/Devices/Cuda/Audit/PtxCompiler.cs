using System.Reflection;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace CrossPT.Tensors.Cuda;

/// <summary>Compiles kernels to PTX without a device.</summary>
internal static class PtxCompiler
{
    /// <summary>As for compute capability 8.0: what newer devices get too, for ILGPU targets none above.</summary>
    public static string Compile(MethodInfo kernel, KernelSpecialization specialization) => Compile(kernel, specialization, CudaArchitecture.SM_80);

    /// <summary>As for a compute capability up to 8.0.</summary>
    public static string Compile(MethodInfo kernel, KernelSpecialization specialization, CudaArchitecture architecture)
    {
        // A context whose compilation once failed is of no further use, so each kernel has its own.
        using Context context = CudaBackend.Create(static _ => { });
        using PTXBackend backend = new(context, architecture, CudaInstructionSet.ISA_80, null!);
        CompiledKernel compiled = backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel), specialization);
        return ((PTXCompiledKernel)compiled).PTXAssembly;
    }

    /// <summary>A kernel's name with its type arguments: <c>ProductKernel.Multiply&lt;Tile128, InnerLines, InnerLines&gt;</c>.</summary>
    public static string NameOf(MethodInfo kernel)
    {
        string type = kernel.DeclaringType is null ? "" : Name(kernel.DeclaringType) + ".";
        return type + kernel.Name + (kernel.IsGenericMethod ? $"<{string.Join(", ", kernel.GetGenericArguments().Select(Name))}>" : "");
    }

    private static string Name(Type type)
        => type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : type.Name;
}
