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
            for (int c = 0; c < yr.Length; c++)
                dxr[c] = (accumulate ? dxr[c] : 0) + (yr[c] * (dyr[c] - dot) / temperature);
        }
    }

    public void DivideBySum(Tensor x, Tensor y)
    {
        KernelChecks.DivideBySum(x, y);
        for (int r = 0; r < x.Rows; r++)
        {
            Span<double> xr = x.Row(r), yr = y.Row(r);
            double sum = SumOf(xr);
            for (int c = 0; c < yr.Length; c++) yr[c] = sum == 0 ? 0 : xr[c] / sum;
        }
    }

    public void DivideBySumBackward(Tensor x, Tensor y, Tensor dy, Tensor dx, bool accumulate = false)
    {
        KernelChecks.DivideBySumBackward(x, y, dy, dx);
        for (int r = 0; r < x.Rows; r++)
        {
            Span<double> yr = y.Row(r), dyr = dy.Row(r), dxr = dx.Row(r);
            double sum = SumOf(x.Row(r)), dot = 0;
            for (int c = 0; c < yr.Length; c++) dot += yr[c] * dyr[c];
            for (int c = 0; c < yr.Length; c++)
                dxr[c] = (accumulate ? dxr[c] : 0) + (sum == 0 ? 0 : (dyr[c] - dot) / sum);
        }
    }

    public void TopColumns(Tensor x, int count, double threshold, Tensor kept, Tensor places)
    {
        KernelChecks.TopColumns(x, count, kept, places);
        Span<int> all = places.Indices();
        for (int r = 0; r < x.Rows; r++)
        {
            double[] row = x.Row(r).ToArray();
            // The sort is stable: of equals the first.
            int[] columns = [.. Enumerable.Range(0, row.Length).OrderByDescending(column => row[column]).Take(count)];
            Array.Sort(columns);
            kept.Row(r).Clear();
            for (int i = 0; i < count; i++)
            {
                all[(r * count) + i] = (r * row.Length) + columns[i];
                if (row[columns[i]] >= threshold) kept.Row(r)[columns[i]] = 1;
            }
        }
    }

    public void ArgMaxRows(Tensor x, Tensor starts, Tensor places)
    {
        KernelChecks.ArgMaxRows(x, starts, places);
        Span<int> first = starts.Indices(), all = places.Indices();
        for (int b = 0; b + 1 < first.Length; b++)
        {
            for (int c = 0; c < x.Columns; c++)
            {
                int largest = first[b];
                for (int r = first[b] + 1; r < first[b + 1]; r++)
                {
                    if (x.Row(r)[c] > x.Row(largest)[c]) largest = r;
                }
                all[(b * x.Columns) + c] = (largest * x.Columns) + c;
            }
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

    private static double SumOf(ReadOnlySpan<double> x)
    {
        double sum = 0;
        foreach (double value in x) sum += value;
        return sum;
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
