namespace CrossPT.Tensors.Cpu;

/// <summary>Sums, softmax and arg-max.</summary>
internal sealed unsafe class CpuReduction<TSimd, V>(WorkerPool pool) : IReductionKernels
    where TSimd : struct, ISimd<V>
    where V : unmanaged
{
    private const int Chunk = 4096;

    public void Sum(Tensor x, Tensor total)
    {
        KernelChecks.Sum(x, total);
        *(float*)total.Address = (float)SumOf((float*)x.Address, x.Length, squares: false);
    }

    public void SumOfSquares(Tensor x, Tensor total)
    {
        KernelChecks.SumOfSquares(x, total);
        *(float*)total.Address = (float)SumOf((float*)x.Address, x.Length, squares: true);
    }

    public void SumRows(Tensor x, Tensor y, bool accumulate = false)
    {
        KernelChecks.SumRows(x, y);
        int rows = x.Rows, columns = x.Columns;
        float* source = (float*)x.Address, target = (float*)y.Address;
        const int Share = 256;
        pool.Run((columns + Share - 1) / Share, (task, _) =>
        {
            int start = task * Share, count = Math.Min(Share, columns - start);
            double* sums = stackalloc double[Share];
            new Span<double>(sums, count).Clear();
            for (int row = 0; row < rows; row++)
            {
                float* from = source + ((nint)row * columns) + start;
                for (int i = 0; i < count; i++) sums[i] += from[i];
            }
            for (int i = 0; i < count; i++) target[start + i] = (float)(sums[i] + (accumulate ? target[start + i] : 0));
        });
    }

    public void SumColumns(Tensor x, Tensor y, double scale = 1)
    {
        KernelChecks.SumColumns(x, y);
        int columns = x.Columns;
        float* source = (float*)x.Address, target = (float*)y.Address;
        pool.Run(
            x.Rows,
            (row, _) => target[row] =
                (float)(SumOfChunks(source + ((nint)row * columns), columns, squares: false) * scale));
    }

    public void Softmax(Tensor x, Tensor y, double temperature = 1)
    {
        KernelChecks.Softmax(x, y);
        int columns = x.Columns;
        float* source = (float*)x.Address, target = (float*)y.Address;
        nint sourceStride = x.RowStride, stride = y.RowStride;
        float scale = (float)(1 / temperature);
        pool.Run(x.Rows, (row, _) =>
        {
            float* from = source + (row * sourceStride), to = target + (row * stride);
            float largest = RowMath<TSimd, V>.Max(from, columns);
            float sum = RowMath<TSimd, V>.ExpSum(from, to, columns, scale, -largest * scale);
            RowMath<TSimd, V>.Scale(to, columns, 1 / sum);
        });
    }

    public void SoftmaxBackward(Tensor y, Tensor dy, Tensor dx, double temperature = 1, bool accumulate = false)
    {
        KernelChecks.SoftmaxBackward(y, dy, dx);
        int columns = y.Columns;
        float* p = (float*)y.Address, d = (float*)dy.Address, target = (float*)dx.Address;
        float scale = (float)(1 / temperature);
        pool.Run(y.Rows, (row, _) =>
        {
            nint start = (nint)row * columns;
            // Where one probability is nearly 1 the difference below cancels: Σ p is then not 1 to enough digits, so
            // the mean is divided by it.
            double dot = 0, sum = 0;
            for (int i = 0; i < columns; i++)
            {
                dot += (double)p[start + i] * d[start + i];
                sum += p[start + i];
            }
            double mean = dot / sum;
            for (int i = 0; i < columns; i++)
            {
                float value = (float)(p[start + i] * (d[start + i] - mean) * scale);
                target[start + i] = accumulate ? target[start + i] + value : value;
            }
        });
    }

    public void DivideBySum(Tensor x, Tensor y)
    {
        KernelChecks.DivideBySum(x, y);
        int columns = x.Columns;
        float* source = (float*)x.Address, target = (float*)y.Address;
        pool.Run(x.Rows, (row, _) =>
        {
            float* from = source + ((nint)row * columns), to = target + ((nint)row * columns);
            double sum = SumOfChunks(from, columns, squares: false);
            for (int i = 0; i < columns; i++) to[i] = sum == 0 ? 0 : (float)(from[i] / sum);
        });
    }

    public void DivideBySumBackward(Tensor x, Tensor y, Tensor dy, Tensor dx, bool accumulate = false)
    {
        KernelChecks.DivideBySumBackward(x, y, dy, dx);
        int columns = x.Columns;
        float* source = (float*)x.Address, w = (float*)y.Address, d = (float*)dy.Address, target = (float*)dx.Address;
        pool.Run(x.Rows, (row, _) =>
        {
            nint start = (nint)row * columns;
            double sum = SumOfChunks(source + start, columns, squares: false), dot = 0;
            for (int i = 0; i < columns; i++) dot += (double)w[start + i] * d[start + i];
            for (int i = 0; i < columns; i++)
            {
                float value = sum == 0 ? 0 : (float)((d[start + i] - dot) / sum);
                target[start + i] = accumulate ? target[start + i] + value : value;
            }
        });
    }

    public void TopColumns(Tensor x, int count, double threshold, Tensor kept, Tensor places)
    {
        KernelChecks.TopColumns(x, count, kept, places);
        int columns = x.Columns;
        float* source = (float*)x.Address, target = (float*)kept.Address;
        int* all = (int*)places.Address;
        pool.Run(x.Rows, (row, _) =>
        {
            nint start = (nint)row * columns;
            int taken = 0;
            for (int column = 0; column < columns; column++)
            {
                float value = source[start + column];
                int before = 0;
                for (int i = 0; i < columns; i++)
                {
                    float other = source[start + i];
                    if (other > value || (other == value && i < column)) before++;
                }
                bool top = before < count && taken < count;
                if (top) all[((nint)row * count) + taken++] = (int)(start + column);
                target[start + column] = top && value >= threshold ? 1 : 0;
            }
        });
    }

    public void ArgMaxRows(Tensor x, Tensor starts, Tensor places)
    {
        KernelChecks.ArgMaxRows(x, starts, places);
        IndexRange.Check(starts, 0, x.Rows + 1);
        int columns = x.Columns;
        float* source = (float*)x.Address;
        int* first = (int*)starts.Address, all = (int*)places.Address;
        pool.Run((int)starts.Length - 1, (sequence, _) =>
        {
            int* target = all + ((nint)sequence * columns);
            for (int column = 0; column < columns; column++) target[column] = (first[sequence] * columns) + column;
            for (int row = first[sequence] + 1; row < first[sequence + 1]; row++)
            {
                int start = row * columns;
                for (int column = 0; column < columns; column++)
                {
                    if (source[start + column] > source[target[column]]) target[column] = start + column;
                }
            }
        });
    }

    public void ArgMax(Tensor x, Tensor indices)
    {
        KernelChecks.ArgMax(x, indices);
        int columns = x.Columns;
        float* source = (float*)x.Address;
        int* target = (int*)indices.Address;
        pool.Run(x.Rows, (row, _) =>
        {
            float* from = source + ((nint)row * columns);
            float largest = RowMath<TSimd, V>.Max(from, columns);
            int index = new ReadOnlySpan<float>(from, columns).IndexOf(largest);
            target[row] = Math.Max(0, index);
        });
    }

    private double SumOf(float* x, long count, bool squares)
    {
        int chunks = (int)((count + Chunk - 1) / Chunk);
        double[] sums = new double[chunks];
        pool.Run(chunks, (chunk, _) =>
        {
            long start = (long)chunk * Chunk;
            sums[chunk] = SumOfChunks(x + start, (int)Math.Min(Chunk, count - start), squares);
        });
        double total = 0;
        foreach (double sum in sums) total += sum;
        return total;
    }

    // Short float sums inside, a double outside: fast, and the error does not grow with the length.
    private static double SumOfChunks(float* x, int count, bool squares)
    {
        double total = 0;
        for (int start = 0; start < count; start += 256)
        {
            int end = Math.Min(count, start + 256), i = start;
            V sum = TSimd.Zero;
            for (; i + TSimd.Width <= end; i += TSimd.Width)
            {
                V value = TSimd.Load(x + i);
                sum = squares ? TSimd.Fma(value, value, sum) : TSimd.Add(sum, value);
            }
            total += TSimd.Sum(sum);
            for (; i < end; i++) total += squares ? x[i] * x[i] : x[i];
        }
        return total;
    }
}
