using CrossPT.Tensors.Cuda;
using CrossPT.TestKit;
using CrossPT.TestKit.Cuda;

namespace CrossPT.Tensors.Tests.Conformance;

/// <summary>Products in float32.</summary>
public sealed class PtxMatrixTests() : PtxProducts(TestDevices.Ptx)
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void LargeTile_EveryOrder_MatchesReference(bool transposeA, bool transposeB)
    {
        // 12 × 8 blocks of 128: the least for which they are used.
        const int m = 1410, n = 900, k = 20;
        Twin a = transposeA ? Random(k, m) : Random(m, k);
        Twin b = transposeB ? Random(n, k) : Random(k, n);
        Twin c = Output(m, n);
        OnBoth(on => on.Backend.Matrix.Product(on[a], transposeA, on[b], transposeB, on[c]));
        double[] expected = c.Reference.ToDoubles(), actual = c.Tested.ToDoubles();
        double largest = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
        {
            if (!(Math.Abs(expected[i] - actual[i]) <= Tolerance * largest))
                Assert.Fail($"element {i} is {actual[i]:G9}, expected {expected[i]:G9}");
        }
    }

    [Fact]
    public void Linear_InPieces_KeepsBits()
    {
        // Not with tensor cores: a sum near 0 may change its sign where operands are rounded.
        PackedTwin weight = Packed(1, 24, 1030);
        Twin x = Random(5, 1030), y = Output(5, 24), bits = Mask(5, 24);
        Run(on => on.Backend.Matrix.Linear(on[x], on[weight], on[y], positive: on[bits]), [y, bits]);
    }
}

/// <summary>Products with frozen weights by tensor cores.</summary>
public sealed class PtxTensorCoreTests() : PtxProducts(TestDevices.PtxTensorCores)
{
    protected override double Tolerance => 1e-2;

    [Fact]
    public void Linear_RoundedOperands_NothingElseIsRounded()
    {
        // Against the product of the rounded operands in float64, nothing is left but float32 sums.
        PackedTwin weight = EmptyPacked(1, 40, 96);
        float[] w = Array.ConvertAll(Numbers(40 * 96), Rounded), x = Array.ConvertAll(Numbers(9 * 96), Rounded);
        Twin rows = Of(w, [40, 96]), input = Of(x, [9, 96]), y = Output(9, 40);
        OnBoth(on => on.Backend.Matrix.Pack(on[rows], 0, on[weight]));
        Run(on => on.Backend.Matrix.Linear(on[input], on[weight], on[y]), [y], 1e-6);
    }

    private static float Rounded(float value) => BFloat16.Widen(BFloat16.Round(value));
}

/// <summary>Products with frozen weights by tensor cores, operands split in two.</summary>
public sealed class PtxSplitTests() : PtxProducts(TestDevices.PtxSplit)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Linear_WorstOperands_IsWithinTheBound(bool transposed)
    {
        // Both parts of every element lose as much as rounding can take from them, and all errors have one sign.
        const int rows = 3, size = 40;
        float[] w = new float[size * size], x = new float[rows * size];
        Array.Fill(w, 1 + MathF.ScaleB(1, -8) - MathF.ScaleB(1, -17) - MathF.ScaleB(1, -23));
        Array.Fill(x, w[0]);
        using IPackedMatrix weight = Tested.Matrix.CreatePacked(1, size, size);
        using Tensor packed = TensorData.FromSingles(Tested, w, size, size);
        using Tensor input = TensorData.FromSingles(Tested, x, rows, size);
        using Tensor y = Tensor.Allocate(Tested, rows, size);
        Tested.Matrix.Pack(packed, 0, weight);
        if (transposed) Tested.Matrix.LinearTransposed(input, weight, y);
        else Tested.Matrix.Linear(input, weight, y);
        float[] actual = y.ToSingles();
        double largest = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            // Vectors of equal elements: their product is that of their norms.
            double product = size * (double)x[0] * w[0];
            largest = Math.Max(largest, Math.Abs(actual[i] - product) / product);
        }
        Assert.InRange(largest, 0.9 * Math.ScaleB(1, -15), Math.ScaleB(1, -15));
    }

    [Fact]
    public void Unpack_SplitRows_AddsBothParts()
    {
        PackedTwin weight = Packed(1, 18, 20);
        Twin rows = Output(18, 20), picked = Output(3, 20), ids = Ids(4, 17, 0);
        Run(on => on.Backend.Matrix.Unpack(on[weight], 0, on[rows]), [rows], Math.ScaleB(1, -17));
        Run(on => on.Backend.Matrix.Gather(on[weight], on[ids], on[picked]), [picked], Math.ScaleB(1, -17));
    }
}

/// <summary>What holds of products with and without tensor cores.</summary>
public abstract class PtxProducts(TestDevice device) : ConformanceSuite(device)
{
    [Theory]
    [InlineData(1, 130, 33)]
    [InlineData(17, 64, 64)]
    [InlineData(70, 72, 40)]
    [InlineData(130, 8, 136)]
    public void Linear_BothWays_MatchesReference(int rows, int outputs, int inputs)
    {
        bool view = rows == 70;
        PackedTwin weight = Packed(1, outputs, inputs);
        Twin x = Random(rows, inputs, view);
        Twin y = Output(rows, outputs, view);
        Twin residual = Random(rows, outputs, !view);
        Twin bits = Mask(rows, outputs);
        Run(on => on.Backend.Matrix.Linear(on[x], on[weight], on[y]), [y]);
        Run(on => on.Backend.Matrix.Linear(on[x], on[weight], on[y], on[residual]), [y]);
        Twin dy = Random(rows, outputs, !view), dx = Output(rows, inputs, view), sum = Random(rows, inputs, !view);
        Run(on => on.Backend.Matrix.LinearTransposed(on[dy], on[weight], on[dx]), [dx]);
        Run(on => on.Backend.Matrix.LinearTransposed(on[dy], on[weight], on[sum], accumulate: true, on[bits]), [sum]);
    }

    [Fact]
    public void Linear_GroupByGroup_MatchesReference()
    {
        PackedTwin weight = Packed(3, 40, 36);
        Twin x = Random(20, 108), y = Output(20, 120), dx = Output(20, 108);
        Run(on => on.Backend.Matrix.Linear(on[x], on[weight], on[y]), [y]);
        Twin dy = Random(20, 120);
        Run(on => on.Backend.Matrix.LinearTransposed(on[dy], on[weight], on[dx]), [dx]);
    }

    [Fact]
    public void Linear_InPieces_SumsThem()
    {
        PackedTwin weight = Packed(1, 24, 1030);
        Twin x = Random(5, 1030), y = Output(5, 24);
        Run(on => on.Backend.Matrix.Linear(on[x], on[weight], on[y]), [y]);
    }

    [Fact]
    public void Linear_Relu_KeepsBits()
    {
        PackedTwin weight = EmptyPacked(1, 72, 33);
        // Small whole numbers are exact in bf16 and have exact sums, so no bit hangs on rounding.
        Twin w = Of(Array.ConvertAll(Numbers(72 * 33), MathF.Round), [72, 33]);
        Twin x = Of(Array.ConvertAll(Numbers(19 * 33), MathF.Round), [19, 33]);
        OnBoth(on => on.Backend.Matrix.Pack(on[w], 0, on[weight]));
        Twin y = Output(19, 72), bits = Mask(19, 72);
        Run(
            on => on.Backend.Matrix.Linear(on[x], on[weight], on[y], relu: true, positive: on[bits]), [y, bits],
            tolerance: 0);
    }
}
