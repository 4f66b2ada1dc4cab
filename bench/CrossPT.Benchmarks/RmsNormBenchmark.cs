using BenchmarkDotNet.Attributes;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Benchmarks;

/// <summary>
/// RMS norm on one thread, by vector width, beside a plain copy of as many numbers: what docs/one-operation.md
/// measures.
/// </summary>
/// <remarks>
/// Many short iterations: on a machine that is shared, some fall between what others do, and the least time says what
/// the kernel can.
/// </remarks>
[InvocationCount(4, 4)]
[IterationCount(99)]
[MinColumn]
[MedianColumn]
public class RmsNormBenchmark
{
    private const int Rows = 2048;
    private const int Columns = 768;

    private OperandSet _operands = null!;
    private Tensor _x = null!;
    private Tensor _y = null!;
    private Tensor _dx = null!;
    private Tensor _weight = null!;
    private Tensor _inverse = null!;

    /// <summary>Vector width of the kernels.</summary>
    [Params(SimdWidth.Scalar, SimdWidth.Vector256, SimdWidth.Vector512)]
    public SimdWidth Width { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _operands = new OperandSet(threads: 1, Width);
        _x = _operands.Random(Rows, Columns);
        _y = _operands.Random(Rows, Columns);
        _dx = _operands.Random(Rows, Columns);
        (_weight, _inverse) = (_operands.Random(Columns), _operands.Random(Rows));
    }

    [Benchmark]
    public void Copy() => _operands.Backend.Elementwise.Copy(_x, _y);

    [Benchmark]
    public void Forward() => _operands.Backend.Norm.RmsNorm(_x, _weight, _y, _inverse, 1e-6);

    [Benchmark]
    public void Backward() => _operands.Backend.Norm.RmsNormBackward(_y, _x, _weight, _inverse, _dx);

    [GlobalCleanup]
    public void Cleanup() => _operands.Dispose();
}
