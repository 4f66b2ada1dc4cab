using CrossPT.Tensors.Cuda;
using CrossPT.TestKit.Cuda;
using CrossPT.TestKit.Cuda.Ptx;

namespace CrossPT.Tensors.Tests.Kernels.Matrix;

/// <summary>
/// What a kernel rounds for the product after it is what the rounding kernel would make of it, and is never used once
/// the elements may have changed.
/// </summary>
public sealed class RoundedCopyTests : IDisposable
{
    private const int Rows = 5, Width = 16;

    private readonly LaunchNames _launches = new(new PtxLoader(lastFirst: false));
    private readonly CudaBackend _backend;
    private readonly TensorScope _scope = new();
    private readonly CounterRandom _random = new(seed: 3);

    public RoundedCopyTests() => _backend = CudaBackend.OpenWith(_launches, MatrixPrecision.BFloat16);

    [Fact]
    public void Norm_BothWays() => AllSame(() =>
    {
        Tensor x = Random(Rows, Width), weight = Random(Width), y = New(Rows, Width), r = New(Rows);
        _backend.Norm.RmsNorm(x, weight, y, r, 1e-6);
        Tensor dx = Random(Rows, Width);
        _backend.Norm.RmsNormBackward(Random(Rows, Width), x, weight, r, dx, accumulate: true);
        return [y, dx];
    });

    [Fact]
    public void Elementwise() => AllSame(() =>
    {
        Tensor x = Random(Rows, Width), scaled = New(Rows, Width), activated = New(Rows, Width);
        Tensor backward = New(Rows, Width), gated = New(Rows, Width), dropped = New(Rows, Width);
        IElementwiseKernels elementwise = _backend.Elementwise;
        elementwise.Scale(x, scaled, 0.3);
        elementwise.Activate(x, activated, Activation.GeluTanh);
        elementwise.ActivateBackward(Random(Rows, Width), x, backward, Activation.Gelu);
        Tensor halves = Random(Rows, 2 * Width), dHalves = New(Rows, 2 * Width);
        Tensor gate = halves.SliceColumns(0, Width), linear = halves.SliceColumns(Width, Width);
        elementwise.Gated(gate, linear, gated, Activation.GeluTanh);
        elementwise.GatedBackward(
            Random(Rows, Width), gate, linear, dHalves.SliceColumns(0, Width), dHalves.SliceColumns(Width, Width),
            Activation.GeluTanh);
        elementwise.Dropout(x, dropped, new DropoutMask(0.3, 1, 2));
        return [scaled, activated, backward, gated, dHalves, dropped];
    });

    [Fact]
    public void CrossEntropyAndScatter() => AllSame(() =>
    {
        Tensor gradient = New(Rows, Width), table = Random(7, Width);
        Tensor labels = TensorData.FromInt32(_backend, [3, -1, 0, 15, 2], Rows);
        _backend.Loss.CrossEntropy(Random(Rows, Width), labels, New(Rows), Random(Rows), gradient);
        // Row 6 gets nothing, row 2 several.
        Tensor indices = TensorData.FromInt32(_backend, [2, 0, 2, 5, -1], Rows);
        _backend.Index.ScatterAddRows(Random(Rows, Width), indices, table);
        Tensor fresh = New(7, Width), gathered = Random(Rows, Width);
        _backend.Index.ScatterAddRows(Random(Rows, Width), indices, fresh, accumulate: false);
        _backend.Index.GatherRows(Random(7, Width), indices, gathered);
        return [gradient, table, fresh, gathered];
    });

    [Theory]
    [InlineData(24)]
    [InlineData(1040)]
    public void Products(int inner) => AllSame(() =>
    {
        using IPackedMatrix weight = Packed(2, Width, inner);
        Tensor y = New(Rows, 2 * Width), dx = New(Rows, 2 * inner);
        _backend.Matrix.Linear(Random(Rows, 2 * inner), weight, y);
        _backend.Matrix.LinearTransposed(Random(Rows, 2 * Width), weight, dx);
        return [y, dx, y.Reshape(2 * Rows, Width), dx.Slice(1, 3)];
    });

    [Fact]
    public void Attention_BothWays() => AllSame(() =>
    {
        SequenceOffsets rows = SequenceOffsets.FromLengths([19, 5]);
        AttentionLayout layout = new(rows, rows, 2, 8, Causal: false);
        Tensor inputs = Random(24, 3 * Width), output = New(24, Width), log = New(24, 2), dy = Random(24, Width);
        Tensor gradients = New(24, 3 * Width), dq = New(24, Width);
        Tensor[] from = Parts(inputs), to = Parts(gradients);
        IAttentionKernels attention = _backend.Attention;
        attention.Forward(layout, from[0], from[1], from[2], null, output, log);
        attention.Backward(
            layout, from[0], from[1], from[2], null, log, dy, to[0], to[1], to[2], accumulate: false, null, output);
        attention.Backward(
            layout, from[0], from[1], from[2], null, log, dy, dq, null, null, accumulate: false, null, output);
        // The output's copy is gone by now, for the backward pass has seen the output.
        Tensor again = New(24, Width);
        attention.Forward(layout, from[0], from[1], from[2], null, again, log);
        return [gradients, dq, again];

        static Tensor[] Parts(Tensor all)
            => [.. Enumerable.Range(0, 3).Select(i => all.SliceColumns(i * Width, Width))];
    });

    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    public void Relu_MaskOfTheLayerBefore_IsInTheGradient(double dropout)
    {
        using IPackedMatrix inner = Packed(1, Width, 8), outer = Packed(1, 8, Width);
        Tensor x = Random(Rows, 8), hidden = New(Rows, Width), dHidden = New(Rows, Width), dx = New(Rows, 8);
        Tensor bits = Tensor.Allocate(_backend, new Shape(Rows, 4), DType.UInt8), dy = Random(Rows, 8);
        DropoutMask mask = new(dropout, 1, 2);
        _backend.Matrix.Linear(x, inner, hidden, relu: true, positive: bits);
        _backend.Matrix.LinearTransposed(dy, outer, dHidden, wanted: bits);
        if (dropout > 0) _backend.Elementwise.Dropout(dHidden, dHidden, mask);
        _launches.Names.Clear();
        _backend.Matrix.LinearTransposed(dHidden, inner, dx, positive: bits);
        Assert.DoesNotContain("RoundingKernel.Round", _launches.Names);

        Tensor plain = New(Rows, Width), expected = New(Rows, 8);
        _backend.Matrix.LinearTransposed(dy, outer, plain);
        if (dropout > 0) _backend.Elementwise.Dropout(plain, plain, mask);
        _backend.Matrix.LinearTransposed(plain, inner, expected, positive: bits);
        Assert.Equal(expected.ToSingles(), dx.ToSingles());
        // Without the bits it is another product.
        _backend.Matrix.LinearTransposed(plain, inner, expected);
        Assert.NotEqual(expected.ToSingles(), dx.ToSingles());
    }

    [Fact]
    public void ElementsThatChanged_AreRoundedAnew()
    {
        Tensor x = Random(Rows, Width), y = New(Rows, Width);
        Action<Tensor>[] changes =
        [
            static t => t.Backend.Elementwise.Fill(t.Slice(1, 1), 2),
            static t => t.Backend.Elementwise.Add(t, t, t),
            static t => t.CopyFrom([.. Enumerable.Range(1, Rows * Width).Select(static i => 1f / i)]),
        ];
        foreach (Action<Tensor> change in changes)
        {
            _backend.Elementwise.Scale(x, y, 0.5);
            change(y);
            AssertSame(y, roundings: 1);
        }
    }

    public void Dispose()
    {
        _scope.Dispose();
        _backend.Dispose();
    }

    /// <summary>No product of these results has anything rounded, and each is that of the elements alone.</summary>
    private void AllSame(Func<Tensor[]> make)
    {
        foreach (Tensor result in make()) AssertSame(result, roundings: 0);
    }

    private void AssertSame(Tensor result, int roundings)
    {
        using IPackedMatrix weight = Packed(1, 9, result.Columns);
        Tensor actual = New(result.Rows, 9), expected = New(result.Rows, 9);
        _launches.Names.Clear();
        _backend.Matrix.Linear(result, weight, actual);
        Assert.Equal(roundings, _launches.Names.Count(static name => name == "RoundingKernel.Round"));
        Tensor bare = TensorData.FromSingles(_backend, result.ToSingles(), result.Rows, result.Columns);
        _backend.Matrix.Linear(bare, weight, expected);
        Assert.Equal(expected.ToSingles(), actual.ToSingles());
        Assert.Contains(actual.ToSingles(), static value => value != 0);
    }

    private IPackedMatrix Packed(int groups, int outputs, int inputs)
    {
        IPackedMatrix weight = _backend.Matrix.CreatePacked(groups, outputs, inputs);
        _backend.Matrix.Pack(Random(groups * outputs, inputs), 0, weight);
        return weight;
    }

    private Tensor New(params ReadOnlySpan<int> sizes) => Tensor.Allocate(_backend, sizes);

    private Tensor Random(params ReadOnlySpan<int> sizes)
    {
        Tensor tensor = New(sizes);
        float[] values = new float[tensor.Length];
        for (int i = 0; i < values.Length; i++) values[i] = (float)_random.NextGaussian();
        tensor.CopyFrom(values);
        return tensor;
    }
}
