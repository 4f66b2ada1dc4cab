namespace CrossPT.Tensors.Cpu;

/// <summary>RMS norm, forward and backward, a row at a time.</summary>
internal sealed unsafe class CpuNorm<TSimd, V>(WorkerPool pool) : INormKernels
    where TSimd : struct, ISimd<V>
    where V : unmanaged
{
    private const int RowsPerTask = 32;

    public void RmsNorm(Tensor x, Tensor weight, Tensor y, Tensor inverseRms, double epsilon)
    {
        KernelChecks.RmsNorm(x, weight, y, inverseRms);
        int width = x.Columns;
        float* source = (float*)x.Address;
        float* scale = (float*)weight.Address;
        float* target = (float*)y.Address;
        float* inverse = (float*)inverseRms.Address;
        nint sourceStride = x.RowStride, stride = y.RowStride;
        ForRows(x.Rows, row =>
        {
            float* from = source + (row * sourceStride), to = target + (row * stride);
            float r = 1 / MathF.Sqrt((Dot(from, from, width) / width) + (float)epsilon);
            inverse[row] = r;
            V factor = TSimd.Create(r);
            int i = 0;
            for (; i + TSimd.Width <= width; i += TSimd.Width)
                TSimd.Store(
                    to + i, TSimd.Multiply(TSimd.Multiply(TSimd.Load(from + i), factor), TSimd.Load(scale + i)));
            for (; i < width; i++) to[i] = from[i] * r * scale[i];
        });
    }

    public void RmsNormBackward(
        Tensor dy, Tensor x, Tensor weight, Tensor inverseRms, Tensor dx, bool accumulate = false)
    {
        KernelChecks.RmsNormBackward(dy, x, weight, inverseRms, dx);
        int width = x.Columns;
        float* d = (float*)dy.Address;
        float* source = (float*)x.Address;
        float* scale = (float*)weight.Address;
        float* inverse = (float*)inverseRms.Address;
        float* target = (float*)dx.Address;
        nint dStride = dy.RowStride, sourceStride = x.RowStride, stride = dx.RowStride;
        ForRows(x.Rows, row =>
        {
            float* dRow = d + (row * dStride), xRow = source + (row * sourceStride), to = target + (row * stride);
            float r = inverse[row];
            V sum = TSimd.Zero;
            int i = 0;
            for (; i + TSimd.Width <= width; i += TSimd.Width)
                sum = TSimd.Fma(TSimd.Multiply(TSimd.Load(dRow + i), TSimd.Load(scale + i)), TSimd.Load(xRow + i), sum);
            float total = TSimd.Sum(sum);
            for (; i < width; i++) total += dRow[i] * scale[i] * xRow[i];
            float back = -r * r * r * (total / width);
            V rv = TSimd.Create(r), bv = TSimd.Create(back);
            for (i = 0; i + TSimd.Width <= width; i += TSimd.Width)
            {
                V value = TSimd.Fma(
                    TSimd.Load(xRow + i), bv,
                    TSimd.Multiply(TSimd.Multiply(TSimd.Load(dRow + i), TSimd.Load(scale + i)), rv));
                TSimd.Store(to + i, accumulate ? TSimd.Add(TSimd.Load(to + i), value) : value);
            }
            for (; i < width; i++)
            {
                float value = MathF.FusedMultiplyAdd(xRow[i], back, dRow[i] * scale[i] * r);
                to[i] = accumulate ? to[i] + value : value;
            }
        });
    }

    public void RmsNormWeightBackward(Tensor dy, Tensor x, Tensor inverseRms, Tensor dWeight, bool accumulate = false)
    {
        KernelChecks.RmsNormWeightBackward(dy, x, inverseRms, dWeight);
        int rows = x.Rows, width = x.Columns;
        float* d = (float*)dy.Address;
        float* source = (float*)x.Address;
        float* inverse = (float*)inverseRms.Address;
        float* target = (float*)dWeight.Address;
        nint dStride = dy.RowStride, sourceStride = x.RowStride;
        const int Columns = 64;
        // Workers share the columns, so that each sum runs over the rows in order.
        pool.Run((width + Columns - 1) / Columns, (task, _) =>
        {
            int end = Math.Min(width, (task + 1) * Columns);
            for (int column = task * Columns; column < end; column++)
            {
                float sum = accumulate ? target[column] : 0;
                for (int row = 0; row < rows; row++)
                    sum += d[(row * dStride) + column] * source[(row * sourceStride) + column] * inverse[row];
                target[column] = sum;
            }
        });
    }

    private static float Dot(float* a, float* b, int count)
    {
        V sum = TSimd.Zero;
        int i = 0;
        for (; i + TSimd.Width <= count; i += TSimd.Width) sum = TSimd.Fma(TSimd.Load(a + i), TSimd.Load(b + i), sum);
        float total = TSimd.Sum(sum);
        for (; i < count; i++) total += a[i] * b[i];
        return total;
    }

    private void ForRows(int rows, Action<int> body) => pool.Run((rows + RowsPerTask - 1) / RowsPerTask, (task, _) =>
    {
        int end = Math.Min(rows, (task + 1) * RowsPerTask);
        for (int row = task * RowsPerTask; row < end; row++) body(row);
    });
}
