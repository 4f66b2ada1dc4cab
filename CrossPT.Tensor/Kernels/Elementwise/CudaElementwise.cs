using ILGPU;
using ILGPU.Runtime;
using Bytes = ILGPU.ArrayView<byte>;
using Floats = ILGPU.ArrayView<float>;
using Ints = ILGPU.ArrayView<int>;
using Quads = ILGPU.ArrayView<CrossPT.Tensors.Cuda.Float4>;

namespace CrossPT.Tensors.Cuda;

/// <summary>Element-wise kernels: four columns at a time, in 16-byte accesses where all operands allow them.</summary>
internal sealed partial class CudaElementwise(Launcher launcher) : IElementwiseKernels
{
    private readonly CudaOperatorKernels<CopyOperator> _copy = new(launcher);
    private readonly CudaOperatorKernels<ScaleOperator> _scale = new(launcher);
    private readonly CudaOperatorKernels<AddOperator> _add = new(launcher);
    private readonly CudaOperatorKernels<MultiplyOperator> _multiply = new(launcher);
    // In the order of Activation.
    private readonly ICudaActivationKernels[] _activations =
    [
        new CudaActivationKernels<ReluActivation>(launcher), new CudaActivationKernels<GeluTanhActivation>(launcher),
        new CudaActivationKernels<GeluActivation>(launcher), new CudaActivationKernels<SiluActivation>(launcher),
    ];
    private Action<AcceleratorStream, KernelConfig, Quads, Grid2, float>? _fillQuads;
    private Action<AcceleratorStream, KernelConfig, Floats, Grid2, float>? _fill;
    private Action<AcceleratorStream, KernelConfig, Floats, Floats, Bytes, Grid2, int, int>? _relu;
    private Action<AcceleratorStream, KernelConfig, Floats, Bytes, Floats, Grid2, int>? _reluBackward;
    private Action<AcceleratorStream, KernelConfig, Floats, Floats, Ints, Grid2, CudaDropoutKeys, int>? _dropout;

    public void Fill(Tensor y, double value)
    {
        KernelChecks.Fill(y);
        if (y.Length == 0) return;
        bool quads = Launcher.IsQuads(y);
        Grid2 grid = Grid2.Of(y, y, quads);
        KernelConfig config = launcher.Over(grid.Rows, grid.Columns);
        if (quads) (_fillQuads ??= launcher.Load<Quads, Grid2, float>(FillQuads))(launcher.Stream, config, launcher.Quads(y), grid, (float)value);
        else (_fill ??= launcher.Load<Floats, Grid2, float>(FillOne))(launcher.Stream, config, launcher.Floats(y), grid, (float)value);
    }

    public void Copy(Tensor x, Tensor y)
    {
        KernelChecks.Copy(x, y);
        _copy.Unary(x, y, 1);
    }

    public void Add(Tensor a, Tensor b, Tensor y, double alpha = 1, double beta = 1)
    {
        KernelChecks.Add(a, b, y);
        _add.Binary(a, b, y, (float)alpha, (float)beta, accumulate: false);
    }

    public void Scale(Tensor x, Tensor y, double alpha)
    {
        KernelChecks.Scale(x, y);
        _scale.Unary(x, y, (float)alpha);
    }

    public void Multiply(Tensor a, Tensor b, Tensor y, bool accumulate = false)
    {
        KernelChecks.Multiply(a, b, y);
        _multiply.Binary(a, b, y, 1, 1, accumulate);
    }

    public void Relu(Tensor x, Tensor y, Tensor? positive)
    {
        KernelChecks.Relu(x, y, positive);
        if (x.Length == 0) return;
        Grid2 grid = new(x.Rows, x.Columns, x.Columns, positive?.RowStride ?? 0);
        int octets = positive?.RowStride ?? (x.Columns + 7) / 8;
        (_relu ??= launcher.Load<Floats, Floats, Bytes, Grid2, int, int>(ReluOctets))(
            launcher.Stream, launcher.Over(x.Rows, octets), launcher.Floats(x), launcher.Floats(y), launcher.Bytes(positive), grid, octets, Launcher.Vectors(x, y));
    }

    public void ReluBackward(Tensor dy, Tensor positive, Tensor dx)
    {
        KernelChecks.ReluBackward(dy, positive, dx);
        if (dy.Length == 0) return;
        (_reluBackward ??= launcher.Load<Floats, Bytes, Floats, Grid2, int>(ReluMask))(
            launcher.Stream, launcher.Over(dy.Rows, (dy.Columns + 3) / 4), launcher.Floats(dy), launcher.Bytes(positive), launcher.Floats(dx),
            new Grid2(dy.Rows, dy.Columns, dy.Columns, positive.RowStride), Launcher.Vectors(dy, dx));
    }

    public void Activate(Tensor x, Tensor y, Activation activation)
    {
        KernelChecks.Activate(x, y);
        _activations[(int)activation].Activate(x, y);
    }

    public void ActivateBackward(Tensor dy, Tensor x, Tensor dx, Activation activation)
    {
        KernelChecks.ActivateBackward(dy, x, dx);
        _activations[(int)activation].ActivateBackward(dy, x, dx);
    }

    public void Gated(Tensor gate, Tensor linear, Tensor y, Activation activation)
    {
        KernelChecks.Gated(gate, linear, y);
        _activations[(int)activation].Gated(gate, linear, y);
    }

    public void GatedBackward(
        Tensor dy, Tensor gate, Tensor linear, Tensor dGate, Tensor dLinear, Activation activation)
    {
        KernelChecks.GatedBackward(dy, gate, linear, dGate, dLinear);
        _activations[(int)activation].GatedBackward(dy, gate, linear, dGate, dLinear);
    }

    public void Dropout(Tensor x, Tensor y, DropoutMask mask, Tensor? rows)
    {
        KernelChecks.Dropout(x, y, mask, rows);
        if (x.Length == 0) return;
        (_dropout ??= launcher.Load<Floats, Floats, Ints, Grid2, CudaDropoutKeys, int>(DropoutRows))(
            launcher.Stream, launcher.Over(x.Rows, (x.Columns + 3L) / 4), launcher.Floats(x), launcher.Floats(y), launcher.Ints(rows),
            new Grid2(x.Rows, x.Columns, x.RowStride, y.RowStride), new CudaDropoutKeys(mask, rows is not null), Launcher.Vectors(x, y));
    }
}
