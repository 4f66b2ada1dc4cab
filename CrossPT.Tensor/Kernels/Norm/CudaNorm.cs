using ILGPU;
using ILGPU.Runtime;
using Floats = ILGPU.ArrayView<float>;
using Quads = ILGPU.ArrayView<CrossPT.Tensors.Cuda.Float4>;

namespace CrossPT.Tensors.Cuda;

/// <summary>RMS norm, one group a row, forward and backward.</summary>
internal sealed partial class CudaNorm(Launcher launcher) : INormKernels
{
    private readonly CudaColumnSums<NormTerm> _weightSums = new(launcher);
    private Action<AcceleratorStream, KernelConfig, Quads, Quads, Quads, Floats, int, float>? _forwardQuads;
    private Action<AcceleratorStream, KernelConfig, Floats, Floats, Floats, Floats, int, float>? _forward;
    private Action<AcceleratorStream, KernelConfig, Quads, Quads, Quads, Floats, Quads, int, int>? _backwardQuads;
    private Action<AcceleratorStream, KernelConfig, Floats, Floats, Floats, Floats, Floats, int, int>? _backward;

    public void RmsNorm(Tensor x, Tensor weight, Tensor y, Tensor inverseRms, double epsilon)
    {
        KernelChecks.RmsNorm(x, weight, y, inverseRms);
        if (x.Length == 0) return;
        if (Launcher.HasQuadRows(x) && Launcher.HasQuadRows(y) && Launcher.HasQuadRows(weight))
        {
            (_forwardQuads ??= launcher.Load<Quads, Quads, Quads, Floats, int, float>(ForwardQuads))(
                launcher.Stream, launcher.PerRow(x.Rows, x.Columns / 4), launcher.Quads(x), launcher.Quads(weight), launcher.Quads(y), launcher.Floats(inverseRms),
                x.Columns / 4, (float)epsilon);
            return;
        }
        (_forward ??= launcher.Load<Floats, Floats, Floats, Floats, int, float>(ForwardOne))(
            launcher.Stream, launcher.PerRow(x.Rows, x.Columns), launcher.Floats(x), launcher.Floats(weight), launcher.Floats(y), launcher.Floats(inverseRms),
            x.Columns, (float)epsilon);
    }

    public void RmsNormBackward(Tensor dy, Tensor x, Tensor weight, Tensor inverseRms, Tensor dx, bool accumulate = false)
    {
        KernelChecks.RmsNormBackward(dy, x, weight, inverseRms, dx);
        if (x.Length == 0) return;
        if (Launcher.HasQuadRows(dy) && Launcher.HasQuadRows(x) && Launcher.HasQuadRows(dx) && Launcher.HasQuadRows(weight))
        {
            (_backwardQuads ??= launcher.Load<Quads, Quads, Quads, Floats, Quads, int, int>(BackwardQuads))(
                launcher.Stream, launcher.PerRow(x.Rows, x.Columns / 4), launcher.Quads(dy), launcher.Quads(x), launcher.Quads(weight), launcher.Floats(inverseRms),
                launcher.Quads(dx), x.Columns / 4, accumulate ? 1 : 0);
            return;
        }
        (_backward ??= launcher.Load<Floats, Floats, Floats, Floats, Floats, int, int>(BackwardOne))(
            launcher.Stream, launcher.PerRow(x.Rows, x.Columns), launcher.Floats(dy), launcher.Floats(x), launcher.Floats(weight), launcher.Floats(inverseRms),
            launcher.Floats(dx), x.Columns, accumulate ? 1 : 0);
    }

    public void RmsNormWeightBackward(Tensor dy, Tensor x, Tensor inverseRms, Tensor dWeight, bool accumulate = false)
    {
        KernelChecks.RmsNormWeightBackward(dy, x, inverseRms, dWeight);
        _weightSums.Run(dy, x, inverseRms, dWeight, 0, 1, accumulate ? 1 : 0);
    }
}
