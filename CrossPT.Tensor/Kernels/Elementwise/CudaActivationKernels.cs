using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using Floats = ILGPU.ArrayView<float>;
using Quads = ILGPU.ArrayView<CrossPT.Tensors.Cuda.Float4>;

namespace CrossPT.Tensors.Cuda;

/// <summary>The kernels of one activation function.</summary>
internal interface ICudaActivationKernels
{
    void Activate(Tensor x, Tensor y);

    void ActivateBackward(Tensor dy, Tensor x, Tensor dx);

    void Gated(Tensor gate, Tensor linear, Tensor y);

    void GatedBackward(Tensor dy, Tensor gate, Tensor linear, Tensor dGate, Tensor dLinear);
}

/// <inheritdoc/>
internal sealed class CudaActivationKernels<TActivation>(Launcher launcher) : ICudaActivationKernels
    where TActivation : struct, IActivation
{
    private readonly CudaOperatorKernels<ActivationOperator<TActivation>> _activate = new(launcher);
    private readonly CudaOperatorKernels<ActivationGradientOperator<TActivation>> _activateBackward = new(launcher);
    private readonly CudaOperatorKernels<GatedOperator<TActivation>> _gated = new(launcher);
    private Action<AcceleratorStream, KernelConfig, Quads, Quads, Quads, Quads, Quads, Grid5>? _gatedBackwardQuads;
    private Action<AcceleratorStream, KernelConfig, Floats, Floats, Floats, Floats, Floats, Grid5>? _gatedBackward;

    public void Activate(Tensor x, Tensor y) => _activate.Unary(x, y, 1);

    public void ActivateBackward(Tensor dy, Tensor x, Tensor dx)
        => _activateBackward.Binary(dy, x, dx, 1, 1, accumulate: false);

    public void Gated(Tensor gate, Tensor linear, Tensor y) => _gated.Binary(gate, linear, y, 1, 1, accumulate: false);

    public void GatedBackward(Tensor dy, Tensor gate, Tensor linear, Tensor dGate, Tensor dLinear)
    {
        if (dy.Length == 0) return;
        bool quads = Launcher.AreQuads(dy, gate, linear, dGate, dLinear);
        Grid5 grid = Grid5.Of(dy, gate, linear, dGate, dLinear, quads);
        KernelConfig config = launcher.Over(grid.Rows, grid.Columns);
        if (quads)
        {
            _gatedBackwardQuads ??= launcher.Load<Quads, Quads, Quads, Quads, Quads, Grid5>(GatedBackwardQuads);
            _gatedBackwardQuads(
                launcher.Stream, config, launcher.Quads(dy), launcher.Quads(gate), launcher.Quads(linear),
                launcher.Quads(dGate), launcher.Quads(dLinear), grid);
            return;
        }
        _gatedBackward ??= launcher.Load<Floats, Floats, Floats, Floats, Floats, Grid5>(GatedBackwardOne);
        _gatedBackward(
            launcher.Stream, config, launcher.Floats(dy), launcher.Floats(gate), launcher.Floats(linear),
            launcher.Floats(dGate), launcher.Floats(dLinear), grid);
    }

    private static void GatedBackwardQuads(Quads dy, Quads gate, Quads linear, Quads dGate, Quads dLinear, Grid5 grid)
    {
        for (int row = Tile.FirstRow; row < grid.Rows; row += Tile.RowStep)
        {
            for (long column = Tile.FirstColumn; column < grid.Columns; column += Tile.ColumnStep)
            {
                Float4 d = dy[(row * grid.StrideA) + column];
                Float4 x = gate[(row * grid.StrideB) + column];
                Float4 l = linear[(row * grid.StrideC) + column];
                Float4 dx, dl;
                dx.X = Gradients(d.X, x.X, l.X, out dl.X);
                dx.Y = Gradients(d.Y, x.Y, l.Y, out dl.Y);
                dx.Z = Gradients(d.Z, x.Z, l.Z, out dl.Z);
                dx.W = Gradients(d.W, x.W, l.W, out dl.W);
                dGate[(row * grid.StrideD) + column] = dx;
                dLinear[(row * grid.StrideE) + column] = dl;
            }
        }
    }

    private static void GatedBackwardOne(
        Floats dy, Floats gate, Floats linear, Floats dGate, Floats dLinear, Grid5 grid)
    {
        for (int row = Tile.FirstRow; row < grid.Rows; row += Tile.RowStep)
        {
            for (long column = Tile.FirstColumn; column < grid.Columns; column += Tile.ColumnStep)
            {
                float d = dy[(row * grid.StrideA) + column];
                float x = gate[(row * grid.StrideB) + column];
                float l = linear[(row * grid.StrideC) + column];
                float dx = Gradients(d, x, l, out float dl);
                dGate[(row * grid.StrideD) + column] = dx;
                dLinear[(row * grid.StrideE) + column] = dl;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Gradients(float d, float x, float linear, out float dLinear)
    {
        dLinear = d * TActivation.Value(x, out float derivative);
        return d * linear * derivative;
    }
}
