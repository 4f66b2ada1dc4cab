using BenchmarkDotNet.Attributes;
using CrossPT.Tensors;

namespace CrossPT.Benchmarks;

/// <summary>
/// Products with a frozen weight at t5-base's sizes: 2048 rows are a batch of 16 × (100 prompt + 28 source) tokens.
/// </summary>
public class LinearBenchmark
{
    private readonly OperandSet _operands = new();
    private IPackedMatrix _weight = null!;
    private Tensor _x = null!;
    private Tensor _y = null!;
    private Tensor _dx = null!;

    /// <summary>Rows of activations.</summary>
    [Params(64, 945, 2048)]
    public int Rows { get; set; }

    /// <summary>Outputs × inputs of the weight.</summary>
    [Params("3072x768", "768x3072", "2304x768")]
    public string Weight { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        string[] sizes = Weight.Split('x');
        int outputs = int.Parse(sizes[0]), inputs = int.Parse(sizes[1]);
        _weight = _operands.Weight(outputs, inputs);
        _x = _operands.Random(Rows, inputs);
        _y = _operands.Random(Rows, outputs);
        _dx = _operands.Random(Rows, inputs);
    }

    [Benchmark]
    public void Forward() => _operands.Backend.Matrix.Linear(_x, _weight, _y);

    [Benchmark]
    public void Backward() => _operands.Backend.Matrix.LinearTransposed(_y, _weight, _dx);

    [GlobalCleanup]
    public void Cleanup() => _operands.Dispose();
}
