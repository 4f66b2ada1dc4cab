using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>Element-wise kernels: four columns at a time, in 16-byte accesses where all operands allow them.</summary>
internal sealed partial class CudaElementwise(Launcher launcher) : IElementwiseKernels
{
    private readonly Kernel<OperatorArgs> _copy = new(launcher, Apply<CopyOperator>);
    private readonly Kernel<OperatorArgs> _scale = new(launcher, Apply<ScaleOperator>);
    private readonly Kernel<OperatorArgs> _add = new(launcher, Apply<AddOperator>);
    private readonly Kernel<OperatorArgs> _multiply = new(launcher, Apply<MultiplyOperator>);
    private readonly Kernel<OperatorArgs> _concrete = new(launcher, Apply<ConcreteOperator>);
    private readonly Kernel<OperatorArgs> _concreteSlope = new(launcher, Apply<ConcreteSlopeOperator>);
    private readonly Kernel<FillArgs> _fill = new(launcher, FillRows);
    private readonly Kernel<ReluArgs> _relu = new(launcher, ReluRows);
    private readonly Kernel<ReluArgs> _reluBackward = new(launcher, ReluMask);
    private readonly Kernel<DropoutArgs> _dropout = new(launcher, DropoutRows);

    // In the order of Activation.
    private readonly ActivationKernels[] _activations =
    [
        ActivationKernels.Of<ReluActivation>(launcher), ActivationKernels.Of<GeluTanhActivation>(launcher),
        ActivationKernels.Of<GeluActivation>(launcher), ActivationKernels.Of<SiluActivation>(launcher),
        ActivationKernels.Of<SigmoidActivation>(launcher),
    ];

    public void Fill(Tensor y, double value)
    {
        KernelChecks.Fill(y);
        if (y.Length == 0) return;
        Extent extent = Extent.Of(y);
        _fill.Launch(launcher.Over(extent), new(launcher.Matrix(y), extent, (float)value));
    }

    public void Copy(Tensor x, Tensor y)
    {
        KernelChecks.Copy(x, y);
        Launch(_copy, x, x, y);
    }

    public void Add(Tensor a, Tensor b, Tensor y, double alpha = 1, double beta = 1)
    {
        KernelChecks.Add(a, b, y);
        Launch(_add, a, b, y, alpha, beta);
    }

    public void Scale(Tensor x, Tensor y, double alpha)
    {
        KernelChecks.Scale(x, y);
        Launch(_scale, x, x, y, alpha, goesIntoProduct: true);
    }

    public void Multiply(Tensor a, Tensor b, Tensor y, bool accumulate = false)
    {
        KernelChecks.Multiply(a, b, y);
        Launch(_multiply, a, b, y, accumulate: accumulate);
    }

    public void Relu(Tensor x, Tensor y, Tensor? positive)
    {
        KernelChecks.Relu(x, y, positive);
        if (x.Length == 0) return;
        int octets = positive?.RowStride ?? (x.Columns + 7) / 8;
        ReluArgs args = new(
            launcher.Matrix(x), launcher.Matrix(y), launcher.Bytes(positive), Extent.OfRows(x, y),
            positive?.RowStride ?? 0, octets);
        _relu.Launch(launcher.Over(x.Rows, octets), args);
    }

    public void ReluBackward(Tensor dy, Tensor positive, Tensor dx)
    {
        KernelChecks.ReluBackward(dy, positive, dx);
        if (dy.Length == 0) return;
        Extent extent = Extent.OfRows(dy, dx);
        ReluArgs args = new(
            launcher.Matrix(dy), launcher.Matrix(dx), launcher.Bytes(positive), extent, positive.RowStride, Octets: 0);
        _reluBackward.Launch(launcher.Over(extent), args);
    }

    public void Activate(Tensor x, Tensor y, Activation activation)
    {
        KernelChecks.Activate(x, y);
        Launch(_activations[(int)activation].Forward, x, x, y, goesIntoProduct: true);
    }

    public void ActivateBackward(Tensor dy, Tensor x, Tensor dx, Activation activation)
    {
        KernelChecks.ActivateBackward(dy, x, dx);
        Launch(_activations[(int)activation].Backward, dy, x, dx, goesIntoProduct: true);
    }

    public void Gated(Tensor gate, Tensor linear, Tensor y, Activation activation)
    {
        KernelChecks.Gated(gate, linear, y);
        Launch(_activations[(int)activation].Gated, gate, linear, y, goesIntoProduct: true);
    }

    public void GatedBackward(
        Tensor dy, Tensor gate, Tensor linear, Tensor dGate, Tensor dLinear, Activation activation)
    {
        KernelChecks.GatedBackward(dy, gate, linear, dGate, dLinear);
        if (dy.Length == 0) return;
        Extent extent = Extent.Of(dy, gate, linear, dGate, dLinear);
        GatedArgs args = new(
            launcher.Matrix(dy), launcher.Matrix(gate), launcher.Matrix(linear), launcher.Matrix(dGate),
            launcher.Matrix(dLinear), launcher.RoundedTogether(dGate, dLinear), extent);
        _activations[(int)activation].GatedBackward.Launch(launcher.Over(extent), args);
    }

    public void RelaxedBernoulli(Tensor logits, Tensor noise, Tensor y, double temperature)
    {
        KernelChecks.RelaxedBernoulli(logits, noise, y);
        Launch(_concrete, logits, noise, y, 1 / temperature);
    }

    public void RelaxedBernoulliSlope(Tensor y, Tensor logits, Tensor slope, double temperature)
    {
        KernelChecks.RelaxedBernoulliSlope(y, logits, slope);
        Launch(_concreteSlope, y, logits, slope, 1 / temperature);
    }

    public void Dropout(Tensor x, Tensor y, DropoutMask mask, Tensor? rows)
    {
        KernelChecks.Dropout(x, y, mask, rows);
        if (x.Length == 0) return;
        Extent extent = Extent.OfRows(x, y);
        CudaDropoutKeys keys = new(mask, rows is not null);
        // What was 0 for want of a bit stays so.
        nint bits = RoundedCopy.MaskOf(x);
        DropoutArgs args = new(
            launcher.Matrix(x), launcher.Matrix(y), launcher.Ints(rows), launcher.Rounded(y, bits), extent, keys);
        _dropout.Launch(launcher.Over(extent), args);
    }

    private void Launch(
        Kernel<OperatorArgs> kernel, Tensor a, Tensor b, Tensor y, double alpha = 1, double beta = 1,
        bool accumulate = false, bool goesIntoProduct = false)
    {
        if (y.Length == 0) return;
        Extent extent = Extent.Of(a, b, y);
        OperatorArgs args = new(
            launcher.Matrix(a), launcher.Matrix(b), launcher.Matrix(y),
            goesIntoProduct ? launcher.Rounded(y) : ArrayView<long>.Empty, extent, (float)alpha, (float)beta,
            accumulate ? 1 : 0);
        kernel.Launch(launcher.Over(extent), args);
    }

    internal readonly record struct OperatorArgs(
        MatrixView A, MatrixView B, MatrixView Y, ArrayView<long> Rounded, Extent Extent, float Alpha, float Beta,
        int Accumulate);

    internal readonly record struct FillArgs(MatrixView Y, Extent Extent, float Value);

    /// <param name="X">x; backward, dy.</param>
    /// <param name="Y">y; backward, dx.</param>
    /// <param name="Bits">One for each element of x, set where it is positive; may be empty forward.</param>
    /// <param name="Extent">Of x and y.</param>
    /// <param name="BitsStride">Bytes from the bits of a row to those of the next; 0 for none.</param>
    /// <param name="Octets">Bytes of bits in a row.</param>
    internal readonly record struct ReluArgs(
        MatrixView X, MatrixView Y, ArrayView<byte> Bits, Extent Extent, int BitsStride, int Octets);

    internal readonly record struct GatedArgs(
        MatrixView OutputGradient, MatrixView Gate, MatrixView Linear, MatrixView GateGradient,
        MatrixView LinearGradient, ArrayView<long> Rounded, Extent Extent);

    internal readonly record struct DropoutArgs(
        MatrixView X, MatrixView Y, ArrayView<int> Rows, ArrayView<long> Rounded, Extent Extent, CudaDropoutKeys Keys);

    /// <summary>The kernels of one activation function.</summary>
    private sealed record ActivationKernels(
        Kernel<OperatorArgs> Forward, Kernel<OperatorArgs> Backward, Kernel<OperatorArgs> Gated,
        Kernel<GatedArgs> GatedBackward)
    {
        public static ActivationKernels Of<TActivation>(Launcher launcher)
            where TActivation : struct, IActivation
            => new(
                new(launcher, Apply<ActivationOperator<TActivation>>),
                new(launcher, Apply<ActivationGradientOperator<TActivation>>),
                new(launcher, Apply<GatedOperator<TActivation>>),
                new(launcher, GatedGradients<TActivation>));
    }
}
