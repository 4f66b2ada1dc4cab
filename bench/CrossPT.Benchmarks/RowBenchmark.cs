using BenchmarkDotNet.Attributes;
using CrossPT.Tensors;

namespace CrossPT.Benchmarks;

/// <summary>Kernels that move memory: norms, activations, embedding, loss, optimizer, at t5-base's sizes.</summary>
public class RowBenchmark
{
    private const int Rows = 2048;
    private const int Width = 768;

    private readonly OperandSet _operands = new();
    private IPackedMatrix _embedding = null!;
    private Tensor _x = null!;
    private Tensor _y = null!;
    private Tensor _dx = null!;
    private Tensor _firstMoment = null!;
    private Tensor _secondMoment = null!;
    private Tensor _weight = null!;
    private Tensor _inverse = null!;
    private Tensor _gate = null!;
    private Tensor _gated = null!;
    private Tensor _ids = null!;
    private Tensor _logits = null!;
    private Tensor _labels = null!;
    private Tensor _losses = null!;

    [GlobalSetup]
    public void Setup()
    {
        (_x, _y, _dx) = (_operands.Random(Rows, Width), _operands.Random(Rows, Width), _operands.Random(Rows, Width));
        (_firstMoment, _secondMoment) = (_operands.Random(Rows, Width), _operands.Random(Rows, Width));
        (_weight, _inverse) = (_operands.Random(Width), _operands.Random(Rows));
        (_gate, _gated) = (_operands.Random(Rows, 2 * 2048), _operands.Random(Rows, 2048));
        _embedding = _operands.Weight(32128, Width);
        int[] ids = new int[448];
        CounterRandom random = new(2);
        for (int i = 0; i < ids.Length; i++) ids[i] = random.NextInt32(32000);
        _ids = TensorData.FromInt32(_operands.Backend, ids, ids.Length);
        _logits = _operands.Random(64, 32128);
        _labels = TensorData.FromInt32(_operands.Backend, ids.AsSpan(0, 64), 64);
        _losses = _operands.Random(64);
    }

    [Benchmark]
    public void RmsNorm() => _operands.Backend.Norm.RmsNorm(_x, _weight, _y, _inverse, 1e-6);

    [Benchmark]
    public void RmsNormBackward() =>
        _operands.Backend.Norm.RmsNormBackward(_y, _x, _weight, _inverse, _dx, accumulate: true);

    [Benchmark]
    public void GatedGelu() =>
        _operands.Backend.Elementwise.Gated(
            _gate.SliceColumns(0, 2048), _gate.SliceColumns(2048, 2048), _gated, Activation.GeluTanh);

    [Benchmark]
    public void GatherEmbedding()
    {
        using Tensor rows = _y.Slice(0, 448);
        _operands.Backend.Matrix.Gather(_embedding, _ids, rows);
    }

    [Benchmark]
    public void CrossEntropy() => _operands.Backend.Loss.CrossEntropy(_logits, _labels, _losses, null, null);

    [Benchmark]
    public void AdamW() =>
        _operands.Backend.Optimizer.AdamW(
            _x, _y, _firstMoment, _secondMoment, new AdamWOptions(1e-9, 0.9, 0.999, 1e-6, 0, 10));

    [GlobalCleanup]
    public void Cleanup() => _operands.Dispose();
}
