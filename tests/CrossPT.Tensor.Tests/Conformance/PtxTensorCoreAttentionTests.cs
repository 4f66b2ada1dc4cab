using CrossPT.TestKit;
using CrossPT.TestKit.Cuda;

namespace CrossPT.Tensors.Tests.Conformance;

/// <summary>Attention by tensor cores: within the error of bf16 operands of the float64 reference.</summary>
public sealed class PtxTensorCoreAttentionTests() : ConformanceSuite(TestDevices.PtxTensorCores)
{
    private const double BFloat16 = 1.5e-2;

    protected override double Tolerance => BFloat16;

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(65)]
    public void Self_Lengths(int length)
    {
        foreach (bool causal in (bool[])[false, true]) ForwardAndBackward([length], [length], 2, 64, causal, true);
    }

    private void ForwardAndBackward(
        int[] queries, int[] keys, int heads, int width, bool causal, bool biased, DropoutMask? dropout = null)
    {
        Begin($"queries {string.Join(' ', queries)}; keys {string.Join(' ', keys)}; {heads} heads of {width}; causal {causal}");
        int rq = queries.Sum(), rk = keys.Sum(), columns = heads * width;
        int reach = queries.Concat(keys).Max() + 1;
        double size = 1.3 / Math.Pow(width, 0.25);
        CounterRandom random = new(3);
        AttentionLayout layout = new(
            SequenceOffsets.FromLengths(queries), SequenceOffsets.FromLengths(keys), heads, width, causal)
        {
            Dropout = dropout,
        };
        Twin query = Random(rq, columns, scale: size), key = Random(rk, columns, scale: size);
        Twin value = Random(rk, columns), gradient = Random(rq, columns);
        Twin output = Output(rq, columns), log = Output(rq, heads);
        Twin table = Random(9, heads);
        Twin buckets = Ids([.. Enumerable.Range(0, (2 * reach) + 1).Select(_ => random.NextInt32(9))]);
        PositionBias? Bias(Side on) => biased ? new PositionBias(on[table], on[buckets], reach) : null;

        Run(
            on => on.Backend.Attention.Forward(
                layout, on[query], on[key], on[value], Bias(on), on[output], on[log]),
            [output, log]);
        foreach (bool accumulate in (bool[])[false, true])
        {
            Twin dq = Gradient(rq), dk = Gradient(rk), dv = Gradient(rk);
            Twin? dBias = biased ? Random(9, heads) : null;
            Run(
                on => on.Backend.Attention.Backward(
                    layout, on[query], on[key], on[value], Bias(on), on[log], on[gradient], on[dq], on[dk], on[dv],
                    accumulate, on.Maybe(dBias), on[output]),
                [dq, dk, dv, .. dBias is null ? [] : (Twin[])[dBias]]);
            Twin Gradient(int rows) => accumulate ? Random(rows, columns) : Output(rows, columns);
        }
    }
}
