using CrossPT.Tensors.Cuda;
using CrossPT.TestKit;
using CrossPT.TestKit.Cuda;
using CrossPT.TestKit.Cuda.Ptx;

namespace CrossPT.Tensors.Tests.Conformance;

/// <summary>
/// Attention by tensor cores against the float64 reference, within the error of operands rounded to bf16.
/// </summary>
public sealed class PtxTensorCoreAttentionTests() : AttentionSuite(TestDevices.PtxTensorCores)
{
    protected override double Tolerance => 1.5e-2;

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(150)]
    public void Lengths_CausalOrNot_MatchReference(int length)
    {
        // The other sequence leaves most of its groups without a row.
        foreach (bool causal in (bool[])[false, true])
            ForwardAndBackward([length, 5], [length, 5], 1, 64, causal, biased: true, view: false);
    }

    [Fact]
    public void Long_ManyBlocks_MatchesReference() =>
        ForwardAndBackward([513], [513], 1, 64, causal: false, biased: false, view: false);

    [Theory]
    [InlineData(8)]
    [InlineData(48)]
    [InlineData(100)]
    [InlineData(128)]
    // Rows on no 16-byte boundary: kernels of float32.
    [InlineData(33)]
    public void OtherWidths_MatchReference(int width)
    {
        foreach (bool causal in (bool[])[false, true])
            ForwardAndBackward([17, 40], [17, 40], 2, width, causal, biased: true, view: false);
    }

    [Fact]
    public void CrossAttention_FewQueries_MatchReference()
    {
        // Also a sequence without keys and one without queries.
        ForwardAndBackward([3, 1, 7, 0, 2], [40, 70, 13, 5, 0], 2, 64, causal: false, biased: false, view: false);
        ForwardAndBackward([24, 20], [1, 70], 1, 64, causal: false, biased: false, view: false);
    }

    [Fact]
    public void UnequalLengths_Causal_MatchReference()
    {
        ForwardAndBackward([1, 2, 33], [13, 70, 100], 1, 64, causal: true, biased: true, view: false);
        ForwardAndBackward([13, 80], [5, 33], 1, 64, causal: true, biased: true, view: false);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Dropout_MatchesReference(bool causal)
    {
        DropoutMask mask = new(0.3, 0x1234_5678_9ABC_DEF0, 77);
        ForwardAndBackward([13, 70], [13, 70], 2, 64, causal, biased: true, view: false, mask);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(256)]
    public void WideHead_KeysAreValues_GradientsMeetInOneTensor(int width)
    {
        Case c = Make([24, 0, 13], [40, 13, 70], 1, width, causal: false, biased: false, view: false);
        c = c with { Value = c.Key };
        Twin dq = Output(37, width), both = Random(123, width);
        Run(c.Forward, [c.Output, c.LogSumExp]);
        Run(on => c.Backward(on, dq, null, null, false, null), [dq]);
        Run(on => c.Backward(on, null, both, both, true, null), [both]);
    }

    [Fact]
    public void ExtremeScores_StayFinite()
    {
        Case c = Make([13, 40], [13, 40], 2, 64, causal: true, biased: true, view: false, scale: 25);
        OnBoth(c.Forward);
        Twin dq = Output(53, 128), dk = Output(53, 128), dv = Output(53, 128);
        OnBoth(on => c.Backward(on, dq, dk, dv, false, null));
        foreach (Twin finite in (Twin[])[c.Output, c.LogSumExp, dq, dk, dv]) AllFinite(finite);
    }

    [Fact]
    public void GroupsInTheOtherOrder_SameBits()
    {
        byte[][] bits = [];
        foreach (bool lastFirst in (bool[])[false, true])
        {
            using CudaBackend backend = PtxLoader.Open(MatrixPrecision.BFloat16, lastFirst);
            using TensorScope scope = new();
            CounterRandom random = new(5);
            SequenceOffsets rows = SequenceOffsets.FromLengths([70, 3, 33]);
            AttentionLayout layout = new(rows, rows, 2, 64, Causal: false);
            Tensor[] given = [.. Enumerable.Range(0, 4).Select(_ => Normal(106, 128))];
            Tensor[] made = [.. Enumerable.Range(0, 4).Select(_ => Tensor.Allocate(backend, 106, 128))];
            Tensor log = Tensor.Allocate(backend, 106, 2);
            backend.Attention.Forward(layout, given[0], given[1], given[2], null, made[0], log);
            backend.Attention.Backward(
                layout, given[0], given[1], given[2], null, log, given[3], made[1], made[2], made[3], false, null,
                made[0]);
            byte[][] now = [.. made.Append(log).Select(Twin.BytesOf)];
            if (lastFirst) Assert.Equal(bits, now);
            bits = now;

            Tensor Normal(int rowCount, int columns)
            {
                Tensor tensor = Tensor.Allocate(backend, rowCount, columns);
                tensor.CopyFrom([.. Enumerable.Range(0, (int)tensor.Length).Select(_ => (float)random.NextGaussian())]);
                return tensor;
            }
        }
    }
}
