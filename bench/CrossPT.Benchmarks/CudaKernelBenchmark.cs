using BenchmarkDotNet.Attributes;
using CrossPT.Runner.Bench.Kernels;
using CrossPT.Tensors.Cuda;

namespace CrossPT.Benchmarks;

/// <summary>
/// Every kernel of a prompt-tuning step on a CUDA device, at the sizes of T5 and 8192 rows: what
/// <c>crosspt bench kernels</c> times.
/// </summary>
public class CudaKernelBenchmark
{
    private const int Calls = 20, Rows = 8192;

    private CudaBackend _backend = null!;
    private KernelOperands _operands = null!;
    private KernelCall _call = null!;

    /// <summary>Of products with frozen weights.</summary>
    [ParamsAllValues]
    public MatrixPrecision Precision { get; set; }

    /// <summary>The T5 whose sizes are taken.</summary>
    [Params("t5-small", "t5-base", "t5-large")]
    public string Preset { get; set; } = "";

    /// <summary>The kernel.</summary>
    [ParamsSource(nameof(Kernels))]
    public string Kernel { get; set; } = "";

    /// <summary>Names of the kernels, numbered, for some come at several shapes.</summary>
    public static IEnumerable<string> Kernels =>
        Cases("t5-base").Select(static (kernel, index) => $"{index} {kernel.Kernel}");

    [GlobalSetup]
    public void Setup()
    {
        _backend = CudaBackend.OpenCuda(precision: Precision);
        _operands = new KernelOperands(_backend);
        _call = Cases(Preset).ElementAt(int.Parse(Kernel.Split(' ')[0])).Make(_operands);
    }

    [Benchmark(OperationsPerInvoke = Calls)]
    public void Call()
    {
        for (int i = 0; i < Calls; i++) _call.Run();
        _backend.Synchronize();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _operands.Dispose();
        _backend.Dispose();
    }

    private static IEnumerable<KernelCase> Cases(string preset) =>
        KernelCases.Of(KernelSizes.All.Single(size => size.Name == preset), Rows);
}
