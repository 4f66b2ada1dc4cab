using ILGPU;
using ILGPU.Runtime;
using Floats = ILGPU.ArrayView<float>;
using Ints = ILGPU.ArrayView<int>;
using Quads = ILGPU.ArrayView<CrossPT.Tensors.Ilgpu.Float4>;
using Words = ILGPU.ArrayView<uint>;

namespace CrossPT.Tensors.Ilgpu;

/// <summary>Element-wise kernels: each for four columns at a time, where all operands allow 16-byte accesses, and for one.</summary>
internal sealed partial class IlgpuElementwise(Launcher launcher) : IElementwiseKernels
{
    private readonly OperatorKernels<CopyOperator> _copy = new(launcher);
    private readonly OperatorKernels<ScaleOperator> _scale = new(launcher);
    private readonly OperatorKernels<AddOperator> _add = new(launcher);
    private readonly OperatorKernels<MultiplyOperator> _multiply = new(launcher);
    private readonly OperatorKernels<GatedGeluOperator> _gatedGelu = new(launcher);
    private Action<AcceleratorStream, KernelConfig, Quads, Grid2, float>? _fillQuads;
    private Action<AcceleratorStream, KernelConfig, Floats, Grid2, float>? _fill;
    private Action<AcceleratorStream, KernelConfig, Floats, Floats, Words, Grid2>? _relu;
    private Action<AcceleratorStream, KernelConfig, Floats, Words, Floats, Grid2>? _reluBackward;
    private Action<AcceleratorStream, KernelConfig, Quads, Quads, Quads, Quads, Quads, Grid5>? _gatedGeluBackwardQuads;
    private Action<AcceleratorStream, KernelConfig, Floats, Floats, Floats, Floats, Floats, Grid5>? _gatedGeluBackward;
    private Action<AcceleratorStream, KernelConfig, Floats, Floats, Ints, Grid3, DropoutKeys>? _dropout;

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
        // A thread has the 32 columns of one word of bits.
        Grid2 grid = new(x.Rows, x.Columns, x.Columns, positive is null ? 0 : positive.RowStride / 4);
        (_relu ??= launcher.Load<Floats, Floats, Words, Grid2>(ReluWords))(
            launcher.Stream, launcher.Over(x.Rows, (x.Columns + 31) / 32), launcher.Floats(x), launcher.Floats(y), launcher.Words(positive), grid);
    }

    public void ReluBackward(Tensor dy, Tensor positive, Tensor dx)
    {
        KernelChecks.ReluBackward(dy, positive, dx);
        if (dy.Length == 0) return;
        Grid2 grid = new(dy.Rows, dy.Columns, dy.Columns, positive.RowStride / 4);
        (_reluBackward ??= launcher.Load<Floats, Words, Floats, Grid2>(ReluMask))(
            launcher.Stream, launcher.Over(dy.Rows, dy.Columns), launcher.Floats(dy), launcher.Words(positive), launcher.Floats(dx), grid);
    }

    public void GatedGelu(Tensor gate, Tensor linear, Tensor y)
    {
        KernelChecks.GatedGelu(gate, linear, y);
        _gatedGelu.Binary(gate, linear, y, 1, 1, accumulate: false);
    }

    public void GatedGeluBackward(Tensor dy, Tensor gate, Tensor linear, Tensor dGate, Tensor dLinear)
    {
        KernelChecks.GatedGeluBackward(dy, gate, linear, dGate, dLinear);
        if (dy.Length == 0) return;
        bool quads = Launcher.AreQuads(dy, gate, linear, dGate, dLinear);
        Grid5 grid = Grid5.Of(dy, gate, linear, dGate, dLinear, quads);
        KernelConfig config = launcher.Over(grid.Rows, grid.Columns);
        if (quads)
        {
            (_gatedGeluBackwardQuads ??= launcher.Load<Quads, Quads, Quads, Quads, Quads, Grid5>(GatedGeluBackwardQuads))(
                launcher.Stream, config, launcher.Quads(dy), launcher.Quads(gate), launcher.Quads(linear), launcher.Quads(dGate), launcher.Quads(dLinear), grid);
            return;
        }
        (_gatedGeluBackward ??= launcher.Load<Floats, Floats, Floats, Floats, Floats, Grid5>(GatedGeluBackwardOne))(
            launcher.Stream, config, launcher.Floats(dy), launcher.Floats(gate), launcher.Floats(linear), launcher.Floats(dGate), launcher.Floats(dLinear), grid);
    }

    public void Dropout(Tensor x, Tensor y, DropoutMask mask, Tensor? rows)
    {
        KernelChecks.Dropout(x, y, mask, rows);
        if (x.Length == 0) return;
        Grid3 grid = new(x.Rows, x.Columns, x.RowStride, 0, y.RowStride);
        (_dropout ??= launcher.Load<Floats, Floats, Ints, Grid3, DropoutKeys>(DropoutRows))(
            launcher.Stream, launcher.Over(x.Rows, x.Columns), launcher.Floats(x), launcher.Floats(y), launcher.Ints(rows), grid, new DropoutKeys(mask, rows is not null));
    }
}
