using System.Linq.Expressions;
using System.Reflection;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Compiles every kernel of the back end to PTX and reports on it, without a device: a back end whose launches do nothing is taken through
/// <see cref="KernelTour"/>, and what it loads is what there is.
/// </summary>
internal sealed class PtxAudit : IKernelLoader
{
    private readonly List<(MethodInfo Kernel, KernelSpecialization Specialization)> _loaded = [];

    /// <summary>
    /// A report for each kernel, by name; with <paramref name="assemble"/>, also what that makes of its PTX. <paramref name="compile"/> stands in for
    /// <see cref="PtxCompiler"/> where the PTX is at hand.
    /// </summary>
    public static IReadOnlyList<PtxReport> Run(Func<string, JitLog>? assemble = null, Func<MethodInfo, KernelSpecialization, string>? compile = null) => [.. Kernels().Select(loaded =>
    {
        string ptx = (compile ?? PtxCompiler.Compile)(loaded.Kernel, loaded.Specialization);
        return PtxReport.Of(PtxCompiler.NameOf(loaded.Kernel), ptx) with { Jit = assemble?.Invoke(ptx) };
    })];

    /// <summary>The kernels of a device with tensor cores and of one without.</summary>
    public static IReadOnlyList<(MethodInfo Kernel, KernelSpecialization Specialization)> Kernels()
    {
        PtxAudit audit = new();
        foreach (bool tensorCores in (bool[])[false, true])
        {
            using CudaBackend backend = CudaBackend.OpenWith(audit, tensorCores);
            KernelTour.Take(backend);
        }
        return [.. audit._loaded.DistinctBy(static loaded => PtxCompiler.NameOf(loaded.Kernel)).OrderBy(static loaded => PtxCompiler.NameOf(loaded.Kernel), StringComparer.Ordinal)];
    }

    public TDelegate Load<TDelegate>(MethodInfo kernel, KernelSpecialization specialization)
        where TDelegate : Delegate
    {
        _loaded.Add((kernel, specialization));
        MethodInfo launch = typeof(TDelegate).GetMethod(nameof(Action.Invoke))!;
        return Expression.Lambda<TDelegate>(Expression.Empty(), launch.GetParameters().Select(static parameter => Expression.Parameter(parameter.ParameterType))).Compile();
    }
}
