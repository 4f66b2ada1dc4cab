using ILGPU;
using ILGPU.Runtime;
using Floats = ILGPU.ArrayView<float>;
using Ints = ILGPU.ArrayView<int>;

namespace CrossPT.Tensors.Cuda;

/// <summary>Sums, softmax and arg-max: one group a row, or a fixed share of a long vector.</summary>
internal sealed partial class CudaReduction(Launcher launcher) : IReductionKernels
{
    // What one group sums of a whole tensor, at least; the number of groups depends on the length alone.
    private const int Share = 4096;
    private const int MaxShares = 1024;

    private readonly CudaColumnSums<PlainTerm> _columnSums = new(launcher);
    private Action<AcceleratorStream, KernelConfig, Floats, Floats, long, long, int, int>? _sumShare;
    private Action<AcceleratorStream, KernelConfig, Floats, Floats, int>? _sumShares;
    private Action<AcceleratorStream, KernelConfig, Floats, Floats, int, float, int>? _sumRow;
    private Action<AcceleratorStream, KernelConfig, Floats, Floats, Grid2, float, int>? _softmax;
    private Action<AcceleratorStream, KernelConfig, Floats, Floats, Floats, int, float, int, int>? _softmaxBackward;
    private Action<AcceleratorStream, KernelConfig, Floats, Ints, int, int>? _argMax;

    public void Sum(Tensor x, Tensor total)
    {
        KernelChecks.Sum(x, total);
        Total(x, total, squares: false);
    }

    public void SumOfSquares(Tensor x, Tensor total)
    {
        KernelChecks.SumOfSquares(x, total);
        Total(x, total, squares: true);
    }

    public void SumRows(Tensor x, Tensor y, bool accumulate = false)
    {
        KernelChecks.SumRows(x, y);
        _columnSums.Run(x, x, x, y, 0, 1, accumulate ? 1 : 0);
    }

    public void SumColumns(Tensor x, Tensor y, double scale = 1)
    {
        KernelChecks.SumColumns(x, y);
        if (x.Length == 0) return;
        (_sumRow ??= launcher.Load<Floats, Floats, int, float, int>(SumRow))(
            launcher.Stream, launcher.PerRow(x.Rows, (x.Columns + 3) / 4), launcher.Floats(x), launcher.Floats(y), x.Columns, (float)scale, Launcher.Vectors(x));
    }

    public void Softmax(Tensor x, Tensor y, double temperature = 1)
    {
        KernelChecks.Softmax(x, y);
        if (x.Length == 0) return;
        (_softmax ??= launcher.Load<Floats, Floats, Grid2, float, int>(SoftmaxRow))(
            launcher.Stream, launcher.PerRow(x.Rows, (x.Columns + 3) / 4), launcher.Floats(x), launcher.Floats(y),
            new Grid2(x.Rows, x.Columns, x.RowStride, y.RowStride), (float)(1 / temperature), Launcher.Vectors(x, y));
    }

    public void SoftmaxBackward(Tensor y, Tensor dy, Tensor dx, double temperature = 1, bool accumulate = false)
    {
        KernelChecks.SoftmaxBackward(y, dy, dx);
        if (y.Length == 0) return;
        (_softmaxBackward ??= launcher.Load<Floats, Floats, Floats, int, float, int, int>(SoftmaxBackwardRow))(
            launcher.Stream, launcher.PerRow(y.Rows, (y.Columns + 3) / 4), launcher.Floats(y), launcher.Floats(dy), launcher.Floats(dx), y.Columns,
            (float)(1 / temperature), accumulate ? 1 : 0, Launcher.Vectors(y, dy, dx));
    }

    public void ArgMax(Tensor x, Tensor indices)
    {
        KernelChecks.ArgMax(x, indices);
        if (x.Length == 0) return;
        (_argMax ??= launcher.Load<Floats, Ints, int, int>(ArgMaxRow))(
            launcher.Stream, launcher.PerRow(x.Rows, (x.Columns + 3) / 4), launcher.Floats(x), launcher.Ints(indices), x.Columns, Launcher.Vectors(x));
    }

    private void Total(Tensor x, Tensor total, bool squares)
    {
        long length = x.Length;
        int shares = (int)Math.Clamp((length + Share - 1) / Share, 1, MaxShares);
        // Whole words, so that every share begins on a 16-byte boundary; the last share may then be short, or empty.
        long share = (length + shares - 1) / shares;
        share = (share + 3) / 4 * 4;
        Storage scratch = launcher.Memory.Allocate(shares * sizeof(float));
        Floats partial = launcher.At<float>(scratch.Address, shares);
        (_sumShare ??= launcher.Load<Floats, Floats, long, long, int, int>(SumShare))(
            launcher.Stream, new KernelConfig(shares, launcher.GroupSize), launcher.Floats(x), partial, length, share, squares ? 1 : 0, Launcher.FlatVectors(x));
        (_sumShares ??= launcher.Load<Floats, Floats, int>(SumShares))(
            launcher.Stream, new KernelConfig(1, launcher.GroupSize), partial, launcher.Floats(total), shares);
        scratch.Release();
    }
}
