using BenchmarkDotNet.Attributes;
using CrossPT.Tensors;

namespace CrossPT.Benchmarks;

/// <summary>
/// Attention of t5-base's encoder (12 heads of 64) over 16 sequences, and the decoder's attention to the states
/// themselves.
/// </summary>
public class AttentionBenchmark
{
    private readonly OperandSet _operands = new();
    private AttentionLayout _self;
    private AttentionLayout _cross;
    private Tensor _qkv = null!;
    private Tensor _output = null!;
    private Tensor _gradient = null!;
    private Tensor _log = null!;
    private Tensor _wide = null!;
    private Tensor _wideOutput = null!;
    private Tensor _wideLog = null!;
    private PositionBias _bias = null!;

    /// <summary>Positions of each sequence.</summary>
    [Params(40, 128, 228)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        const int Width = 768;
        SequenceOffsets sequences = SequenceOffsets.Uniform(16, Length);
        _self = new(sequences, sequences, 12, 64, Causal: false);
        _cross = new(SequenceOffsets.Uniform(16, 4 * 12), sequences, 1, Width, Causal: false);
        _qkv = _operands.Random(sequences.Rows, 3 * Width);
        _output = _operands.Random(sequences.Rows, Width);
        _gradient = _operands.Random(sequences.Rows, 3 * Width);
        _log = _operands.Random(sequences.Rows, 12);
        _wide = _operands.Random(16 * 4 * 12, Width);
        _wideOutput = _operands.Random(16 * 4 * 12, Width);
        _wideLog = _operands.Random(16 * 4 * 12, 1);
        int[] buckets = new int[(2 * Length) + 1];
        _bias = new(_operands.Random(32, 12), TensorData.FromInt32(_operands.Backend, buckets, buckets.Length), Length);
    }

    [Benchmark]
    public void SelfForward() => _operands.Backend.Attention.Forward(
        _self, _qkv.SliceColumns(0, 768), _qkv.SliceColumns(768, 768), _qkv.SliceColumns(1536, 768), _bias, _output,
        _log);

    [Benchmark]
    public void SelfBackward() => _operands.Backend.Attention.Backward(
        _self, _qkv.SliceColumns(0, 768), _qkv.SliceColumns(768, 768), _qkv.SliceColumns(1536, 768), _bias, _log,
        _output,
        _gradient.SliceColumns(0, 768), _gradient.SliceColumns(768, 768), _gradient.SliceColumns(1536, 768),
        accumulate: false, null);

    [Benchmark]
    public void CrossForward() =>
        _operands.Backend.Attention.Forward(_cross, _wide, _output, _output, null, _wideOutput, _wideLog);

    [GlobalCleanup]
    public void Cleanup() => _operands.Dispose();
}
