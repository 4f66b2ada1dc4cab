using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;

namespace CrossPT.Tensors.Cuda;

/// <summary>Compiles kernels to PTX without a device.</summary>
internal static partial class PtxCompiler
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

    /// <summary>
    /// The first 16 digits of a SHA-256 that tells kernels apart. ILGPU numbers labels and parameters through a whole
    /// process; here they count from the kernel's first, so that the same kernel has the same hash everywhere.
    /// </summary>
    public static string Hash(string ptx)
    {
        Dictionary<string, string> names = [];
        string own = NumberedName().Replace(ptx, found =>
        {
            if (!names.TryGetValue(found.Value, out string? name))
                names.Add(found.Value, name = $"{found.Groups[1].Value}{names.Count}");
            return name;
        });
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(own)))[..16];
    }

    [GeneratedRegex(@"\b(\w*?_)\d+\b")]
    private static partial Regex NumberedName();
}
