using CrossPT.Tensors.Reference;
using Xunit;

namespace CrossPT.Tensors.Tests.Conformance;

/// <summary>The reference against numbers worked by hand: nothing else in the suite judges it.</summary>
public sealed class ReferenceBackendTests : IDisposable
{
    private readonly ReferenceBackend _sut = new();
    private readonly TensorScope _scope = new();

    public void Dispose()
    {
        _scope.Dispose();
        _sut.Dispose();
    }

    [Fact]
    public void Elementwise_Literals()
    {
        Tensor a = Of([1, -2, 3], 1, 3), b = Of([10, 20, 30], 1, 3), y = Empty(1, 3);
        _sut.Elementwise.Add(a, b, y, 2, 0.5);
        Equal([7, 6, 21], y);
        _sut.Elementwise.Multiply(a, b, y, accumulate: true);
        Equal([17, -34, 111], y);
        _sut.Elementwise.Scale(a, y, -3);
        Equal([-3, 6, -9], y);
        _sut.Elementwise.Fill(y, 4);
        Equal([4, 4, 4], y);
    }

    [Fact]
    public void Relu_Bits_EightAByteLowestFirst()
    {
        Tensor x = Of([1, -1, 0, 2, -3, 4, 5, 6, 7, -8], 1, 10);
        Tensor bits = Tensor.Allocate(_sut, new Shape(1, 4), DType.UInt8);
        Tensor dx = Empty(1, 10);
        _sut.Elementwise.Relu(x, x, bits);
        Equal([1, 0, 0, 2, 0, 4, 5, 6, 7, 0], x);
        Assert.Equal([0b1110_1001, 0b0000_0001, 0, 0], bits.HostSpan<byte>().ToArray());
        _sut.Elementwise.ReluBackward(Of([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 1, 10), bits, dx);
        Equal([1, 0, 0, 4, 0, 6, 7, 8, 9, 0], dx);
    }

    [Fact]
    public void GatedGelu_TanhForm()
    {
        // Hugging Face's gelu_new of −1, 0, 1, 3.
        Tensor y = Empty(1, 4);
        _sut.Elementwise.Gated(Of([-1, 0, 1, 3], 1, 4), Of([1, 1, 2, 1], 1, 4), y, Activation.GeluTanh);
        Equal([-0.158808009, 0, 2 * 0.841191991, 2.996362608], y, 1e-8);
    }

    // x·Φ(x) and x·σ(x) to ten digits, from mpmath.
    [Theory]
    [InlineData(Activation.Relu, 0, 0, 1, 3)]
    [InlineData(Activation.Gelu, -1.433257859e-6, -0.1586552539, 0.8413447461, 2.9959503059)]
    [InlineData(Activation.Silu, -0.0334642546, -0.2689414214, 0.7310585786, 2.8577223804)]
    public void Activate_OfMinus5AndMinus1And1And3(Activation activation, double a, double b, double c, double d)
    {
        Tensor y = Empty(1, 4);
        _sut.Elementwise.Activate(Of([-5, -1, 1, 3], 1, 4), y, activation);
        Equal([a, b, c, d], y, 1e-9);
    }

    [Fact]
    public void Dropout_HashOfRowAndColumn()
    {
        Tensor x = Of([.. Enumerable.Repeat(1f, 40)], 2, 20), y = Empty(2, 20);
        _sut.Elementwise.Dropout(x, y, new DropoutMask(0.5, 9, 3));
        double[] expected =
        [
            .. Enumerable.Range(0, 40).Select(static i => Number(i / 20, (uint)i % 20) >= 0.5 ? 2.0 : 0),
        ];
        Equal(expected, y);
        Assert.Contains(0.0, expected);
        Assert.Contains(2.0, expected);
        Assert.NotEqual(expected[..20], expected[20..]);

        // The definition, in the words of its remarks.
        static double Number(int row, uint column)
        {
            (uint key0, uint key1, _, _) = CounterRandom.Block(9, 3, (ulong)row);
            uint h = unchecked((column * 0x9E3779B9) + key0);
            h = unchecked(((h ^ (h >> 16)) * 0x7FEB352D) + key1);
            h = unchecked((h ^ (h >> 15)) * 0x846CA68B);
            return ((h ^ (h >> 16)) >> 8) / (double)(1 << 24);
        }
    }

    [Fact]
    public void Linear_TwoGroupsResidualAndBack()
    {
        // Group 0: [1 2] · [[1, 0], [1, 1]]ᵀ = [1 3]; group 1: [3 4] · [[2, 0], [0, −1]]ᵀ = [6 −4].
        using IPackedMatrix weight = _sut.Matrix.CreatePacked(2, 2, 2);
        _sut.Matrix.Pack(Of([1, 0, 1, 1, 2, 0, 0, -1], 4, 2), 0, weight);
        Tensor x = Of([1, 2, 3, 4], 1, 4), y = Of([100, 200, 300, 400], 1, 4), dx = Empty(1, 4), rows = Empty(2, 2);
        _sut.Matrix.Linear(x, weight, y, residual: y);
        Equal([101, 203, 306, 396], y);
        _sut.Matrix.Linear(x, weight, y, relu: true);
        Equal([1, 3, 6, 0], y);
        // dX: group 0 [1 3]·[[1, 0], [1, 1]] = [4 3]; group 1 [6 0]·[[2, 0], [0, −1]] = [12 0].
        _sut.Matrix.LinearTransposed(y, weight, dx);
        Equal([4, 3, 12, 0], dx);
        _sut.Matrix.Unpack(weight, 1, rows);
        Equal([1, 1, 2, 0], rows);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Product_OneProductFourWays(bool transposeA, bool transposeB)
    {
        // [[1, 2, 3], [4, 5, 6]] · [[1, 0], [0, 1], [2, −1]] = [[7, −1], [16, −1]].
        Tensor a = transposeA ? Of([1, 4, 2, 5, 3, 6], 3, 2) : Of([1, 2, 3, 4, 5, 6], 2, 3);
        Tensor b = transposeB ? Of([1, 0, 2, 0, 1, -1], 2, 3) : Of([1, 0, 0, 1, 2, -1], 3, 2);
        Tensor c = Of([1, 1, 1, 1], 2, 2);
        _sut.Matrix.Product(a, transposeA, b, transposeB, c, accumulate: true);
        Equal([8, 0, 17, 0], c);
    }

    [Fact]
    public void Reductions_Literals()
    {
        Tensor x = Of([1, 2, 3, 4, 6, 5], 2, 3), total = Empty(1), rows = Empty(3), columns = Empty(2);
        _sut.Reduction.Sum(x, total);
        Equal([21], total);
        _sut.Reduction.SumOfSquares(x, total);
        Equal([91], total);
        _sut.Reduction.SumRows(x, rows);
        Equal([5, 8, 8], rows);
        _sut.Reduction.SumColumns(x, columns, 0.5);
        Equal([3, 7.5], columns);
        Tensor indices = TensorData.FromInt32(_sut, [0, 0], 2), y = Empty(1, 2);
        _sut.Reduction.ArgMax(x, indices);
        Assert.Equal([2, 1], indices.ToInt32());
        // softmax([0, 2 ln 3] / 2) = [1/4, 3/4].
        _sut.Reduction.Softmax(Of([0, 2 * MathF.Log(3)], 1, 2), y, 2);
        Equal([0.25, 0.75], y, 1e-7);
    }

    [Fact]
    public void RmsNorm_ThreeFour()
    {
        // mean(x²) = 12.5, so r = 1/√12.5 and x·r = [0.848…, 1.131…].
        Tensor x = Of([3, 4], 1, 2), y = Empty(1, 2), inverse = Empty(1);
        _sut.Norm.RmsNorm(x, Of([1, 2], 2), y, inverse, 0);
        Equal([3 / Math.Sqrt(12.5), 8 / Math.Sqrt(12.5)], y);
        Equal([1 / Math.Sqrt(12.5)], inverse);
    }

    [Fact]
    public void Attention_CausalWithBias_TwoQueries()
    {
        // Query 0 sees key 0 alone: output 10. Query 1 scores 0 + bias(−1) and ln 2 + bias(0) = ln 3 and ln 2 + 0:
        // weights 3/5 and 2/5.
        SequenceOffsets rows = SequenceOffsets.FromLengths([2]);
        Tensor query = Of([5, 1], 2, 1);
        Tensor key = Of([0, MathF.Log(2)], 2, 1);
        Tensor value = Of([10, 20], 2, 1);
        Tensor output = Empty(2, 1);
        Tensor logSum = Empty(2, 1);
        PositionBias bias = new(Of([0, MathF.Log(3)], 2, 1), TensorData.FromInt32(_sut, [1, 0, 0], 3), 1);
        _sut.Attention.Forward(
            new AttentionLayout(rows, rows, 1, 1, Causal: true), query, key, value, bias, output, logSum);
        Equal([10, 14], output, 1e-6);
        Equal([0, Math.Log(5)], logSum, 1e-6);
    }

    [Fact]
    public void Attention_CachedDecoding_QueryIsTheLastPosition()
    {
        // One query after three keys is position 2: distances −2, −1, 0 take buckets 0, 1, 2 of a table of logarithms.
        AttentionLayout layout = new(
            SequenceOffsets.FromLengths([1]), SequenceOffsets.FromLengths([3]), 1, 1, Causal: true);
        PositionBias bias = new(
            Of([MathF.Log(1), MathF.Log(2), MathF.Log(5), 99], 4, 1), TensorData.FromInt32(_sut, [0, 1, 2, 3, 3], 5),
            2);
        Tensor zeros = Of([0, 0, 0], 3, 1), value = Of([8, 16, 24], 3, 1), output = Empty(1, 1), logSum = Empty(1, 1);
        _sut.Attention.Forward(layout, Of([1], 1, 1), zeros, value, bias, output, logSum);
        Equal([((1 * 8) + (2 * 16) + (5 * 24)) / 8.0], output, 1e-6);
    }

    [Fact]
    public void Attention_NoKeys_IsZero()
    {
        AttentionLayout layout = new(
            SequenceOffsets.FromLengths([1]), SequenceOffsets.FromLengths([0]), 1, 2, Causal: false);
        Tensor none = Empty(0, 2), output = Empty(1, 2), logSum = Empty(1, 1), dq = Empty(1, 2);
        _sut.Attention.Forward(layout, Of([1, 2], 1, 2), none, none, null, output, logSum);
        Equal([0, 0], output);
        Equal([double.NegativeInfinity], logSum);
        _sut.Attention.Backward(
            layout, Of([1, 2], 1, 2), none, none, null, logSum, Of([1, 2], 1, 2), dq, null, null, false, null);
        Equal([0, 0], dq);
    }

    [Fact]
    public void Index_GatherScatterPick()
    {
        Tensor table = Of([1, 2, 3, 4, 5, 6], 3, 2), y = Of([9, 9, 9, 9, 9, 9], 3, 2), picked = Empty(3);
        Tensor indices = TensorData.FromInt32(_sut, [2, -1, 0], 3);
        Tensor repeated = TensorData.FromInt32(_sut, [1, 1, -1], 3);
        _sut.Index.GatherRows(table, indices, y);
        Equal([5, 6, 9, 9, 1, 2], y);
        _sut.Index.ScatterAddRows(y, repeated, table);
        Equal([1, 2, 17, 19, 5, 6], table);
        _sut.Index.Pick(y, repeated, picked);
        Equal([6, 9, 0], picked);
    }

    [Fact]
    public void CrossEntropy_OneQuarter()
    {
        // Logits ln 1 and ln 3: probabilities 1/4 and 3/4.
        Tensor logits = Of([0, MathF.Log(3), 5, 5], 2, 2), losses = Empty(2), scales = Of([2, 7], 2);
        _sut.Loss.CrossEntropy(logits, TensorData.FromInt32(_sut, [0, -100], 2), losses, scales, logits);
        Equal([Math.Log(4), 0], losses, 1e-7);
        Equal([-1.5, 1.5, 0, 0], logits, 1e-7);
    }

    [Fact]
    public void AdamW_FirstStep_MovesByTheLearningRate()
    {
        // Corrected moments of a first step are g and g²: p = 2 · (1 − 0.1 · 0.5) − 0.1 · sign(g).
        Tensor p = Of([2, 2], 2), m = Of([0, 0], 2), v = Of([0, 0], 2);
        _sut.Optimizer.AdamW(p, Of([4, -0.25f], 2), m, v, new AdamWOptions(0.1, 0.9, 0.999, 0, 0.5, 1));
        Equal([1.8, 2.0], p, 1e-12);
        Equal([0.4, -0.025], m, 1e-12);
        Equal([0.016, 0.0000625], v, 1e-12);
    }

    [Fact]
    public void Adafactor_RankOneGradient_UpdatesOfOne()
    {
        // g = [1, 2]ᵀ·[1, 3]: the factored moment is exact there, so every update is 1.
        Tensor g = Of([1, 3, 2, 6], 2, 2), rows = Of([9, 9], 2), columns = Of([9, 9], 2), update = Empty(2, 2);
        _sut.Optimizer.AdafactorMoments(g, rows, columns, 0, 0);
        Equal([5, 20], rows, 1e-12);
        Equal([2.5, 22.5], columns, 1e-12);
        _sut.Optimizer.AdafactorUpdate(g, rows, columns, update);
        Equal([1, 1, 1, 1], update, 1e-12);
        Tensor moment = Of([4, 4], 2);
        _sut.Optimizer.AdafactorVectorUpdate(Of([2, 4], 2), moment, Of([0, 0], 2), 0.5, 0);
        Equal([4, 10], moment, 1e-12);
    }

    private Tensor Of(float[] values, params int[] sizes) => TensorData.FromSingles(_sut, values, sizes);

    private Tensor Empty(params int[] sizes) => Tensor.Allocate(_sut, sizes);

    private static void Equal(double[] expected, Tensor actual, double tolerance = 1e-14)
    {
        double[] values = actual.ToDoubles();
        Assert.Equal(expected.Length, values.Length);
        for (int i = 0; i < values.Length; i++)
            Assert.True(
                expected[i].Equals(values[i])
                    || Math.Abs(expected[i] - values[i]) <= tolerance * (1 + Math.Abs(expected[i])),
                        $"[{i}] {values[i]:R}, expected {expected[i]:R}");
    }
}
