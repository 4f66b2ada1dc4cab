using CrossPT.Tensors.Ilgpu.Tests.Ptx;
using CrossPT.TestKit;

namespace CrossPT.Tensors.Ilgpu.Tests.Conformance;

// What the PTX of the kernels computes, run on the processor with whole thread groups: barriers, warps, 16-byte accesses, asynchronous copies and
// fragments of tensor cores, where there is no device.

public sealed class PtxMatrixTests : ConformanceSuite
{
    private bool _tensorCores;

    protected override IBackend CreateBackend() => PtxLoader.Open(_tensorCores);

    protected override double Tolerance => _tensorCores ? 1e-2 : 2e-5;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Linear_BothWays_MatchesReference(bool tensorCores)
    {
        _tensorCores = tensorCores;
        foreach ((int rows, int outputs, int inputs) in ((int, int, int)[])[(1, 130, 33), (17, 64, 64), (70, 72, 40), (130, 8, 136)])
        {
            Begin($"[{rows}, {inputs}]·[{outputs}, {inputs}]ᵀ, tensor cores {tensorCores}");
            BothWays(rows, outputs, inputs, view: rows == 70);
        }
    }

    private void BothWays(int rows, int outputs, int inputs, bool view)
    {
        PackedTwin weight = Packed(1, outputs, inputs);
        Twin x = Random(rows, inputs, view), y = Output(rows, outputs, view), residual = Random(rows, outputs, !view), bits = Mask(rows, outputs);
        Run(on => on.Backend.Matrix.Linear(on[x], on[weight], on[y]), [y]);
        Run(on => on.Backend.Matrix.Linear(on[x], on[weight], on[y], on[residual]), [y]);
        Twin dy = Random(rows, outputs, !view), dx = Output(rows, inputs, view), sum = Random(rows, inputs, !view);
        Run(on => on.Backend.Matrix.LinearTransposed(on[dy], on[weight], on[dx]), [dx]);
        Run(on => on.Backend.Matrix.LinearTransposed(on[dy], on[weight], on[sum], accumulate: true, on[bits]), [sum]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Linear_GroupByGroup_MatchesReference(bool tensorCores)
    {
        _tensorCores = tensorCores;
        PackedTwin weight = Packed(3, 40, 36);
        Twin x = Random(20, 108), y = Output(20, 120), dx = Output(20, 108);
        Run(on => on.Backend.Matrix.Linear(on[x], on[weight], on[y]), [y]);
        Twin dy = Random(20, 120);
        Run(on => on.Backend.Matrix.LinearTransposed(on[dy], on[weight], on[dx]), [dx]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Linear_InPieces_SumsThem(bool tensorCores)
    {
        _tensorCores = tensorCores;
        PackedTwin weight = Packed(1, 24, 1030);
        Twin x = Random(5, 1030), y = Output(5, 24), bits = Mask(5, 24);
        Run(on => on.Backend.Matrix.Linear(on[x], on[weight], on[y]), [y]);
        // A sum near 0 may change its sign where operands are rounded.
        if (!tensorCores) Run(on => on.Backend.Matrix.Linear(on[x], on[weight], on[y], positive: on[bits]), [y, bits]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Linear_Relu_KeepsBits(bool tensorCores)
    {
        _tensorCores = tensorCores;
        PackedTwin weight = EmptyPacked(1, 72, 33);
        // Small whole numbers are exact in bf16 and have exact sums, so no bit hangs on rounding.
        Twin w = Of(Array.ConvertAll(Numbers(72 * 33), MathF.Round), [72, 33]), x = Of(Array.ConvertAll(Numbers(19 * 33), MathF.Round), [19, 33]);
        OnBoth(on => on.Backend.Matrix.Pack(on[w], 0, on[weight]));
        Twin y = Output(19, 72), bits = Mask(19, 72);
        Run(on => on.Backend.Matrix.Linear(on[x], on[weight], on[y], relu: true, positive: on[bits]), [y, bits], tolerance: 0);
    }

    [Fact]
    public void LargeTile_EveryOrder_MatchesReference()
    {
        // 12 × 8 blocks of 128: the least for which they are used.
        foreach ((bool transposeA, bool transposeB) in ((bool, bool)[])[(false, false), (false, true), (true, false), (true, true)])
        {
            Begin($"large, {transposeA}, {transposeB}");
            const int m = 1410, n = 900, k = 20;
            Twin a = transposeA ? Random(k, m) : Random(m, k), b = transposeB ? Random(n, k) : Random(k, n), c = Output(m, n);
            OnBoth(on => on.Backend.Matrix.Product(on[a], transposeA, on[b], transposeB, on[c]));
            CompareNow(c);
        }
    }

    [Fact]
    public void TensorCores_RoundOperandsOnly()
    {
        // Against the product of the rounded operands in float64, nothing is left but float32 sums.
        _tensorCores = true;
        PackedTwin weight = EmptyPacked(1, 40, 96);
        float[] w = Array.ConvertAll(Numbers(40 * 96), Rounded), x = Array.ConvertAll(Numbers(9 * 96), Rounded);
        Twin rows = Of(w, [40, 96]), input = Of(x, [9, 96]), y = Output(9, 40);
        OnBoth(on => on.Backend.Matrix.Pack(on[rows], 0, on[weight]));
        Run(on => on.Backend.Matrix.Linear(on[input], on[weight], on[y]), [y], 1e-6);
    }

    private static float Rounded(float value) => BFloat16.Widen(BFloat16.Round(value));

    private void CompareNow(Twin twin)
    {
        double[] expected = twin.Reference.ToDoubles(), actual = twin.Tested.ToDoubles();
        double largest = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= Tolerance * largest, $"element {i} is {actual[i]:G9}, expected {expected[i]:G9}");
    }
}

public sealed class PtxAttentionTests : AttentionConformance
{
    protected override bool IsSimulated => true;

    protected override IBackend CreateBackend() => PtxLoader.Open();
}

public sealed class PtxElementwiseTests : ElementwiseConformance
{
    protected override bool IsSimulated => true;

    protected override IBackend CreateBackend() => PtxLoader.Open();
}

public sealed class PtxReductionTests : ReductionConformance
{
    protected override bool IsSimulated => true;

    protected override IBackend CreateBackend() => PtxLoader.Open();
}

public sealed class PtxNormTests : NormConformance
{
    protected override bool IsSimulated => true;

    protected override IBackend CreateBackend() => PtxLoader.Open();
}

public sealed class PtxIndexTests : IndexConformance
{
    protected override bool IsSimulated => true;

    protected override IBackend CreateBackend() => PtxLoader.Open();
}

public sealed class PtxLossTests : LossConformance
{
    protected override bool IsSimulated => true;

    protected override IBackend CreateBackend() => PtxLoader.Open();
}

public sealed class PtxOptimizerTests : OptimizerConformance
{
    protected override bool IsSimulated => true;

    protected override IBackend CreateBackend() => PtxLoader.Open();
}
