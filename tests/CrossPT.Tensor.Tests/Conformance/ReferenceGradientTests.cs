using CrossPT.Tensors.Reference;
using Xunit;

namespace CrossPT.Tensors.Tests.Conformance;

/// <summary>
/// The reference's backward kernels against central differences of its forward kernels: d/dx of Σ c · f(x) for fixed
/// random c, in float64.
/// </summary>
public sealed class ReferenceGradientTests : IDisposable
{
    private readonly ReferenceBackend _sut = new();
    private readonly TensorScope _scope = new();
    private readonly CounterRandom _random = new(17);

    public void Dispose()
    {
        _scope.Dispose();
        _sut.Dispose();
    }

    [Theory]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.GeluTanh)]
    [InlineData(Activation.Gelu)]
    [InlineData(Activation.Silu)]
    public void GatedAndActivate(Activation activation)
    {
        Tensor gate = Random(3, 5), linear = Random(3, 5), dy = Random(3, 5), y = Empty(3, 5);
        Tensor dGate = Empty(3, 5), dLinear = Empty(3, 5), dx = Empty(3, 5);
        _sut.Elementwise.GatedBackward(dy, gate, linear, dGate, dLinear, activation);
        void Gated() => _sut.Elementwise.Gated(gate, linear, y, activation);
        Check(gate, dGate, Gated, y, dy);
        Check(linear, dLinear, Gated, y, dy);
        _sut.Elementwise.ActivateBackward(dy, gate, dx, activation);
        Check(gate, dx, () => _sut.Elementwise.Activate(gate, y, activation), y, dy);
    }

    [Fact]
    public void Softmax()
    {
        Tensor x = Random(3, 7), y = Empty(3, 7), dy = Random(3, 7), dx = Empty(3, 7);
        void Forward() => _sut.Reduction.Softmax(x, y, 0.7);
        Forward();
        _sut.Reduction.SoftmaxBackward(y, dy, dx, 0.7);
        Check(x, dx, Forward, y, dy);
    }

    [Fact]
    public void RmsNorm()
    {
        Tensor x = Random(3, 7);
        Tensor weight = Random(7);
        Tensor y = Empty(3, 7);
        Tensor inverse = Empty(3);
        Tensor dy = Random(3, 7);
        Tensor dx = Empty(3, 7);
        Tensor dWeight = Empty(7);
        void Forward() => _sut.Norm.RmsNorm(x, weight, y, inverse, 1e-2);
        Forward();
        _sut.Norm.RmsNormBackward(dy, x, weight, inverse, dx);
        _sut.Norm.RmsNormWeightBackward(dy, x, inverse, dWeight);
        Check(x, dx, Forward, y, dy);
        Check(weight, dWeight, Forward, y, dy);
    }

    [Fact]
    public void CrossEntropy()
    {
        Tensor logits = Random(4, 6);
        Tensor losses = Empty(4);
        Tensor scales = Random(4);
        Tensor dLogits = Empty(4, 6);
        Tensor labels = TensorData.FromInt32(_sut, [5, 0, -1, 2], 4);
        void Forward() => _sut.Loss.CrossEntropy(logits, labels, losses, null, null);
        _sut.Loss.CrossEntropy(logits, labels, losses, scales, dLogits);
        Check(logits, dLogits, Forward, losses, scales);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Attention(bool causal, bool longerKeys)
    {
        SequenceOffsets queries = SequenceOffsets.FromLengths([3, 0, 1, 4]);
        SequenceOffsets keys = longerKeys ? SequenceOffsets.FromLengths([5, 1, 3, 4]) : queries;
        AttentionLayout layout = new(queries, keys, 2, 3, causal);
        int rq = queries.Rows, rk = keys.Rows;
        Tensor query = Random(rq, 6);
        Tensor key = Random(rk, 6);
        Tensor value = Random(rk, 6);
        Tensor output = Empty(rq, 6);
        Tensor logSum = Empty(rq, 2);
        Tensor dOutput = Random(rq, 6);
        Tensor dq = Empty(rq, 6), dk = Empty(rk, 6), dv = Empty(rk, 6), dTable = Empty(4, 2);
        PositionBias bias = new(Random(4, 2), TensorData.FromInt32(_sut, [0, 1, 2, 3, 0, 1, 2, 3, 1], 9), 4);
        void Forward() => _sut.Attention.Forward(layout, query, key, value, bias, output, logSum);
        Forward();
        _sut.Elementwise.Fill(dTable, 0);
        _sut.Attention.Backward(layout, query, key, value, bias, logSum, dOutput, dq, dk, dv, false, dTable);
        Check(query, dq, Forward, output, dOutput);
        Check(key, dk, Forward, output, dOutput);
        Check(value, dv, Forward, output, dOutput);
        Check(bias.Table, dTable, Forward, output, dOutput);
    }

    [Fact]
    public void LinearTransposed()
    {
        using IPackedMatrix weight = _sut.Matrix.CreatePacked(2, 3, 4);
        _sut.Matrix.Pack(Random(6, 4), 0, weight);
        Tensor x = Random(5, 8), y = Empty(5, 6), dy = Random(5, 6), dx = Empty(5, 8);
        _sut.Matrix.LinearTransposed(dy, weight, dx);
        Check(x, dx, () => _sut.Matrix.Linear(x, weight, y), y, dy);
    }

    /// <summary>
    /// Compares dx with (Σ c·f(x + h) − Σ c·f(x − h)) / 2h for each element of x, relative to the largest of dx.
    /// </summary>
    private static void Check(Tensor x, Tensor dx, Action forward, Tensor y, Tensor c)
    {
        const double h = 1e-5;
        Span<double> elements = x.HostSpan<double>(), gradient = dx.HostSpan<double>();
        double largest = 0;
        foreach (double value in gradient) largest = Math.Max(largest, Math.Abs(value));
        Assert.True(largest > 0.01, "A gradient of nothing checks nothing.");
        for (int i = 0; i < elements.Length; i++)
        {
            double kept = elements[i];
            elements[i] = kept + h;
            double above = Weighted(forward, y, c);
            elements[i] = kept - h;
            double below = Weighted(forward, y, c);
            elements[i] = kept;
            double difference = (above - below) / (2 * h);
            Assert.True(
                Math.Abs(difference - gradient[i]) <= 1e-7 * largest,
                $"[{i}] {gradient[i]:R}, by differences {difference:R}, largest {largest:R}");
        }
    }

    private static double Weighted(Action forward, Tensor y, Tensor c)
    {
        forward();
        Span<double> ye = y.HostSpan<double>(), ce = c.HostSpan<double>();
        double sum = 0;
        for (int i = 0; i < ye.Length; i++) sum += ce[i] * ye[i];
        return sum;
    }

    private Tensor Random(params int[] sizes)
    {
        Tensor tensor = Tensor.Allocate(_sut, sizes);
        foreach (ref double value in tensor.HostSpan<double>()) value = _random.NextGaussian();
        return tensor;
    }

    private Tensor Empty(params int[] sizes) => Tensor.Allocate(_sut, sizes);
}
