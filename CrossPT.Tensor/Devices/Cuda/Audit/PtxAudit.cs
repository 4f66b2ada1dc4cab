using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Compiles every kernel of the back end to PTX and reports on it, without a device: a back end whose launches do
/// nothing is taken through <see cref="KernelTour"/>, and what it loads is what there is.
/// </summary>
internal sealed class PtxAudit : IKernelLoader
{
    private readonly List<KernelMethod> _loaded = [];

    /// <summary>
    /// A report for each kernel, by name; with <paramref name="assemble"/>, also what that makes of its PTX.
    /// <paramref name="compile"/> stands in for <see cref="PtxCompiler"/> where the PTX is at hand.
    /// </summary>
    public static IReadOnlyList<PtxReport> Run(
        Func<string, JitLog>? assemble = null, Func<KernelMethod, string>? compile = null)
    {
        List<PtxReport> reports = [];
        foreach (KernelMethod kernel in Kernels())
        {
            string ptx = (compile ?? PtxCompiler.Compile)(kernel);
            reports.Add(PtxReport.Of(kernel.Name, ptx) with { Jit = assemble?.Invoke(ptx) });
        }
        return reports;
    }

    /// <summary>The kernels of a device by name, those for tensor cores among them unless left out.</summary>
    public static IReadOnlyList<KernelMethod> Kernels(bool tensorCores = true)
    {
        PtxAudit audit = new();
        foreach (MatrixPrecision precision in Enum.GetValues<MatrixPrecision>())
        {
            if (precision != MatrixPrecision.Float32 && !tensorCores) continue;
            using CudaBackend backend = CudaBackend.OpenWith(audit, precision);
            KernelTour.Take(backend);
        }
        return
        [
            .. audit._loaded
                .DistinctBy(static kernel => kernel.Name)
                .OrderBy(static kernel => kernel.Name, StringComparer.Ordinal),
        ];
    }

    public Action<AcceleratorStream, KernelConfig, TArgs> Load<TArgs>(KernelMethod kernel)
        where TArgs : struct
    {
        _loaded.Add(kernel);
        return static (_, _, _) => { };
    }
}
