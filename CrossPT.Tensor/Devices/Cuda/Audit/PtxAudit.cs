using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Compiles every kernel of the back end to PTX and reports on it, without a device: a back end whose launches do
/// nothing but note the size of their groups is taken through <see cref="KernelTour"/>, and what it loads is what there
/// is.
/// </summary>
internal sealed class PtxAudit : IKernelLoader
{
    private readonly Dictionary<string, Launched> _loaded = [];

    /// <summary>
    /// A report for each kernel, by name; with <paramref name="assemble"/>, also what that makes of its PTX.
    /// <paramref name="compile"/> stands in for <see cref="PtxCompiler"/> where the PTX is at hand.
    /// </summary>
    public static IReadOnlyList<PtxReport> Run(
        Func<string, JitLog>? assemble = null, Func<KernelMethod, string>? compile = null)
    {
        List<PtxReport> reports = [];
        foreach ((string name, Launched launched) in Tour(tensorCores: true))
        {
            string ptx = (compile ?? PtxCompiler.Compile)(launched.Kernel);
            reports.Add(PtxReport.Of(name, ptx) with
            {
                Jit = assemble?.Invoke(ptx),
                Threads = launched.Threads,
                DynamicSharedBytes = launched.DynamicSharedBytes,
            });
        }
        return reports;
    }

    /// <summary>The kernels of a device by name, those for tensor cores among them unless left out.</summary>
    public static IReadOnlyList<KernelMethod> Kernels(bool tensorCores = true)
        => [.. Tour(tensorCores).Values.Select(static launched => launched.Kernel)];

    public Action<AcceleratorStream, KernelConfig, TArgs> Load<TArgs>(KernelMethod kernel)
        where TArgs : struct
    {
        if (!_loaded.TryGetValue(kernel.Name, out Launched? launched))
            _loaded.Add(kernel.Name, launched = new Launched(kernel));
        return (_, config, _) => launched.Add(config);
    }

    private static SortedDictionary<string, Launched> Tour(bool tensorCores)
    {
        PtxAudit audit = new();
        foreach (MatrixPrecision precision in Enum.GetValues<MatrixPrecision>())
        {
            if (precision != MatrixPrecision.Float32 && !tensorCores) continue;
            using CudaBackend backend = CudaBackend.OpenWith(audit, precision);
            KernelTour.Take(backend);
        }
        return new SortedDictionary<string, Launched>(audit._loaded, StringComparer.Ordinal);
    }

    /// <summary>The largest group a kernel was launched with.</summary>
    private sealed class Launched(KernelMethod kernel)
    {
        public KernelMethod Kernel => kernel;

        public int Threads { get; private set; }

        public int DynamicSharedBytes { get; private set; }

        public void Add(KernelConfig config)
        {
            SharedMemoryConfig shared = config.SharedMemoryConfig;
            Threads = Math.Max(Threads, config.GroupDim.Size);
            DynamicSharedBytes = Math.Max(DynamicSharedBytes, shared.NumElements * shared.ElementSize);
        }
    }
}
