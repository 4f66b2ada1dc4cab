namespace CrossPT.Tensors.Reference;

/// <summary>Sums and softmax, in the words of <see cref="IReductionKernels"/>.</summary>
internal sealed class ReferenceReduction : IReductionKernels
{
    public void Sum(Tensor x, Tensor total)
    {
        KernelChecks.Sum(x, total);
        double sum = 0;
        foreach (double value in x.Elements()) sum += value;
        total.Elements()[0] = sum;
    }

    public void SumOfSquares(Tensor x, Tensor total)
    {
        KernelChecks.SumOfSquares(x, total);
        double sum = 0;
        foreach (double value in x.Elements()) sum += value * value;
        total.Elements()[0] = sum;
    }

    public void SumRows(Tensor x, Tensor y, bool accumulate = false)
    {
        KernelChecks.SumRows(x, y);
        Span<double> ye = y.Elements();
        if (!accumulate) ye.Clear();
        for (int r = 0; r < x.Rows; r++)
        {
            Span<double> xr = x.Row(r);
            for (int c = 0; c < xr.Length; c++) ye[c] += xr[c];
        }
    }

    public void SumColumns(Tensor x, Tensor y, double scale = 1)
    {
        KernelChecks.SumColumns(x, y);
        Span<double> ye = y.Elements();
        for (int r = 0; r < x.Rows; r++)
        {
            double sum = 0;
            foreach (double value in x.Row(r)) sum += value;
            ye[r] = sum * scale;
        }
    }

    public void Softmax(Tensor x, Tensor y, double temperature = 1)
    {
        KernelChecks.Softmax(x, y);
        for (int r = 0; r < x.Rows; r++)
        {
            Span<double> xr = x.Row(r), yr = y.Row(r);
            for (int c = 0; c < xr.Length; c++) yr[c] = xr[c] / temperature;
            double logSum = LogSumExp(yr);
            for (int c = 0; c < yr.Length; c++) yr[c] = Math.Exp(yr[c] - logSum);
        }
    }

    public void SoftmaxBackward(Tensor y, Tensor dy, Tensor dx, double temperature = 1, bool accumulate = false)
    {
        KernelChecks.SoftmaxBackward(y, dy, dx);
        for (int r = 0; r < y.Rows; r++)
        {
            Span<double> yr = y.Row(r), dyr = dy.Row(r), dxr = dx.Row(r);
            double dot = 0;
            for (int c = 0; c < yr.Length; c++) dot += yr[c] * dyr[c];
            for (int c = 0; c < yr.Length; c++) dxr[c] = (accumulate ? dxr[c] : 0) + (yr[c] * (dyr[c] - dot) / temperature);
        }
    }

    public void ArgMax(Tensor x, Tensor indices)
    {
        KernelChecks.ArgMax(x, indices);
        Span<int> columns = indices.Indices();
        for (int r = 0; r < x.Rows; r++)
        {
            Span<double> xr = x.Row(r);
            int largest = 0;
            for (int c = 1; c < xr.Length; c++)
            {
                if (xr[c] > xr[largest]) largest = c;
            }
            columns[r] = largest;
        }
    }

    /// <summary>log Σ exp(x), taken beside the largest so that no exponential overflows; −∞ of nothing.</summary>
    internal static double LogSumExp(ReadOnlySpan<double> x)
    {
        double largest = double.NegativeInfinity;
        foreach (double value in x) largest = Math.Max(largest, value);
        if (double.IsNegativeInfinity(largest)) return largest;
        double sum = 0;
        foreach (double value in x) sum += Math.Exp(value - largest);
        return largest + Math.Log(sum);
    }
}
