using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>Sums, softmax and arg-max: one group a row, or a fixed share of a long vector.</summary>
internal sealed partial class CudaReduction(Launcher launcher) : IReductionKernels
{
    // What one group sums of a whole tensor, at least; the number of groups depends on the length alone.
    private const int Share = 4096;
    private const int MaxShares = 1024;

    private readonly CudaColumnSums<PlainTerm> _columnSums = new(launcher);
    private readonly Kernel<ShareArgs> _sumShare = new(launcher, SumShare);
    private readonly Kernel<TotalArgs> _sumShares = new(launcher, SumShares);
    private readonly Kernel<SumRowArgs> _sumRow = new(launcher, SumRow);
    private readonly Kernel<SoftmaxArgs> _softmax = new(launcher, SoftmaxRow);
    private readonly Kernel<SoftmaxBackwardArgs> _softmaxBackward = new(launcher, SoftmaxBackwardRow);
    private readonly Kernel<DivideArgs> _divide = new(launcher, DivideRow);
    private readonly Kernel<DivideBackwardArgs> _divideBackward = new(launcher, DivideBackwardRow);
    private readonly Kernel<TopArgs> _top = new(launcher, TopColumnsOfRow);
    private readonly Kernel<ArgMaxRowsArgs> _argMaxRows = new(launcher, ArgMaxOfSequences);
    private readonly Kernel<ArgMaxArgs> _argMax = new(launcher, ArgMaxRow);

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
        Extent extent = Extent.OfRows(x);
        _sumRow.Launch(launcher.PerRow(extent), new(launcher.Matrix(x), launcher.Floats(y), extent, (float)scale));
    }

    public void Softmax(Tensor x, Tensor y, double temperature = 1)
    {
        KernelChecks.Softmax(x, y);
        if (x.Length == 0) return;
        Extent extent = Extent.OfRows(x, y);
        _softmax.Launch(
            launcher.PerRow(extent), new(launcher.Matrix(x), launcher.Matrix(y), extent, (float)(1 / temperature)));
    }

    public void SoftmaxBackward(Tensor y, Tensor dy, Tensor dx, double temperature = 1, bool accumulate = false)
    {
        KernelChecks.SoftmaxBackward(y, dy, dx);
        if (y.Length == 0) return;
        Extent extent = Extent.OfRows(y, dy, dx);
        SoftmaxBackwardArgs args = new(
            launcher.Matrix(y), launcher.Matrix(dy), launcher.Matrix(dx), extent, (float)(1 / temperature),
            accumulate ? 1 : 0);
        _softmaxBackward.Launch(launcher.PerRow(extent), args);
    }

    public void DivideBySum(Tensor x, Tensor y)
    {
        KernelChecks.DivideBySum(x, y);
        if (x.Length == 0) return;
        Extent extent = Extent.OfRows(x, y);
        _divide.Launch(launcher.PerRow(extent), new(launcher.Matrix(x), launcher.Matrix(y), extent));
    }

    public void DivideBySumBackward(Tensor x, Tensor y, Tensor dy, Tensor dx, bool accumulate = false)
    {
        KernelChecks.DivideBySumBackward(x, y, dy, dx);
        if (x.Length == 0) return;
        Extent extent = Extent.OfRows(x, y, dy, dx);
        DivideBackwardArgs args = new(
            launcher.Matrix(x), launcher.Matrix(y), launcher.Matrix(dy), launcher.Matrix(dx), extent,
            accumulate ? 1 : 0);
        _divideBackward.Launch(launcher.PerRow(extent), args);
    }

    public void TopColumns(Tensor x, int count, double threshold, Tensor kept, Tensor places)
    {
        KernelChecks.TopColumns(x, count, kept, places);
        if (x.Length == 0) return;
        TopArgs args = new(
            launcher.Floats(x), launcher.Floats(kept), launcher.Ints(places), x.Rows, x.Columns, count,
            (float)threshold);
        _top.Launch(launcher.Over(1, x.Rows), args);
    }

    public void ArgMaxRows(Tensor x, Tensor starts, Tensor places)
    {
        KernelChecks.ArgMaxRows(x, starts, places);
        int sequences = (int)starts.Length - 1;
        if (sequences == 0 || x.Length == 0) return;
        ArgMaxRowsArgs args = new(
            launcher.Floats(x), launcher.Ints(starts), launcher.Ints(places), sequences, x.Columns);
        _argMaxRows.Launch(launcher.Over(sequences, x.Columns), args);
    }

    public void ArgMax(Tensor x, Tensor indices)
    {
        KernelChecks.ArgMax(x, indices);
        if (x.Length == 0) return;
        Extent extent = Extent.OfRows(x);
        _argMax.Launch(launcher.PerRow(extent), new(launcher.Matrix(x), launcher.Ints(indices), extent));
    }

    private void Total(Tensor x, Tensor total, bool squares)
    {
        long length = x.Length;
        int shares = (int)Math.Clamp((length + Share - 1) / Share, 1, MaxShares);
        // Whole words, so that every share begins on a 16-byte boundary; the last share may then be short, or empty.
        long share = (length + shares - 1) / shares;
        share = (share + 3) / 4 * 4;
        Storage? scratch = shares == 1 ? null : launcher.Memory.Allocate(shares * sizeof(float));
        ArrayView<float> sum = launcher.Floats(total);
        ArrayView<float> partial = scratch is null ? sum : launcher.At<float>(scratch.Address, shares);
        ShareArgs args = new(
            launcher.Floats(x), partial, length, share, squares ? 1 : 0, Launcher.FlatVectors(x));
        _sumShare.Launch(new KernelConfig(shares, launcher.GroupSize), args);
        if (scratch is null) return;
        _sumShares.Launch(new KernelConfig(1, launcher.GroupSize), new(partial, sum, shares));
        scratch.Release();
    }

    internal readonly record struct ShareArgs(
        ArrayView<float> X, ArrayView<float> Partial, long Length, long Share, int Squares, int Vectors);

    internal readonly record struct TotalArgs(ArrayView<float> Partial, ArrayView<float> Total, int Shares);

    internal readonly record struct SumRowArgs(MatrixView X, ArrayView<float> Y, Extent Extent, float Scale);

    internal readonly record struct SoftmaxArgs(MatrixView X, MatrixView Y, Extent Extent, float Scale);

    internal readonly record struct SoftmaxBackwardArgs(
        MatrixView Y, MatrixView OutputGradient, MatrixView InputGradient, Extent Extent, float Scale, int Accumulate);

    internal readonly record struct DivideArgs(MatrixView X, MatrixView Y, Extent Extent);

    internal readonly record struct DivideBackwardArgs(
        MatrixView X, MatrixView Y, MatrixView OutputGradient, MatrixView InputGradient, Extent Extent, int Accumulate);

    internal readonly record struct TopArgs(
        ArrayView<float> X, ArrayView<float> Kept, ArrayView<int> Places, int Rows, int Columns, int Count,
        float Threshold);

    internal readonly record struct ArgMaxRowsArgs(
        ArrayView<float> X, ArrayView<int> Starts, ArrayView<int> Places, int Sequences, int Columns);

    internal readonly record struct ArgMaxArgs(MatrixView X, ArrayView<int> Indices, Extent Extent);
}
