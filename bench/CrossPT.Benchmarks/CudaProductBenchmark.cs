using BenchmarkDotNet.Attributes;
using CrossPT.Benchmarks.Products;
using CrossPT.Tensors;
using CrossPT.Tensors.Cuda;

namespace CrossPT.Benchmarks;

/// <summary>
/// The versions of a product on a CUDA device: a thread an element, shared memory, registers, tensor cores.
/// </summary>
public class CudaProductBenchmark
{
    private const int Calls = 10;

    private CudaBackend _backend = null!;
    private IPackedMatrix _weight = null!;
    private Tensor _x = null!;
    private Tensor _w = null!;
    private Tensor _y = null!;
    private Action _multiply = null!;

    /// <summary>How the product is computed.</summary>
    [Params("1 naive", "2 shared tiles", "3 register tiles", "4 tensor cores")]
    public string Version { get; set; } = "";

    /// <summary>Rows × outputs × inputs: 2 · their product operations.</summary>
    [Params("8192x3072x768", "8192x768x3072")]
    public string Size { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        int[] sizes = Array.ConvertAll(Size.Split('x'), int.Parse);
        _backend = CudaBackend.OpenCuda(
            precision: Version[0] == '4' ? MatrixPrecision.BFloat16 : MatrixPrecision.Float32);
        (_x, _w, _y) = (Random(sizes[0], sizes[2]), Random(sizes[1], sizes[2]), Random(sizes[0], sizes[1]));
        _weight = _backend.Matrix.CreatePacked(1, sizes[1], sizes[2]);
        _backend.Matrix.Pack(_w, 0, _weight);
        ProductSeries series = new(_backend);
        _multiply = Version[0] switch
        {
            '1' => () => series.Naive(_x, _w, _y),
            '2' => () => series.SharedTiles(_x, _w, _y),
            '3' => () => series.RegisterTiles(_x, _w, _y),
            _ => () => _backend.Matrix.Linear(_x, _weight, _y),
        };
    }

    [Benchmark(OperationsPerInvoke = Calls)]
    public void Product()
    {
        for (int i = 0; i < Calls; i++) _multiply();
        _backend.Synchronize();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _weight.Dispose();
        foreach (Tensor tensor in (Tensor[])[_x, _w, _y]) tensor.Dispose();
        _backend.Dispose();
    }

    private Tensor Random(int rows, int columns)
    {
        CounterRandom random = new(1);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.Length; i++) values[i] = random.NextSingle() - 0.5f;
        Tensor tensor = Tensor.Allocate(_backend, rows, columns);
        tensor.CopyFrom(values);
        return tensor;
    }
}
