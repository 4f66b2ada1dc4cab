namespace CrossPT.Tensors.Cpu;

/// <summary>Rows by index.</summary>
internal sealed unsafe class CpuIndex<TSimd, V>(WorkerPool pool) : IIndexKernels
    where TSimd : struct, ISimd<V>
    where V : unmanaged
{
    public void GatherRows(Tensor table, Tensor indices, Tensor y)
    {
        KernelChecks.GatherRows(table, indices, y);
        IndexRange.Check(indices, int.MinValue, table.Rows);
        int* index = (int*)indices.Address;
        float* source = (float*)table.Address, target = (float*)y.Address;
        nint sourceStride = table.RowStride, stride = y.RowStride;
        int columns = y.Columns, rows = y.Rows;
        const int Run = 32;
        pool.Run((rows + Run - 1) / Run, (run, _) =>
        {
            for (int row = run * Run; row < Math.Min(rows, (run + 1) * Run); row++)
                if (index[row] >= 0)
                    new ReadOnlySpan<float>(source + (index[row] * sourceStride), columns)
                        .CopyTo(new Span<float>(target + (row * stride), columns));
        });
    }

    public void ScatterAddRows(Tensor x, Tensor indices, Tensor table, bool accumulate = true)
    {
        KernelChecks.ScatterAddRows(x, indices, table);
        IndexRange.Check(indices, int.MinValue, table.Rows);
        int* index = (int*)indices.Address;
        float* source = (float*)x.Address, target = (float*)table.Address;
        nint sourceStride = x.RowStride, stride = table.RowStride;
        int columns = x.Columns, rows = x.Rows, cleared = accumulate ? 0 : table.Rows;
        // Workers share the columns: every sum then runs over the rows in order.
        const int Share = 128;
        pool.Run((columns + Share - 1) / Share, (share, _) =>
        {
            int start = share * Share, count = Math.Min(Share, columns - start);
            for (int row = 0; row < cleared; row++) new Span<float>(target + (row * stride) + start, count).Clear();
            for (int row = 0; row < rows; row++)
            {
                if (index[row] < 0) continue;
                float* from = source + (row * sourceStride) + start, to = target + (index[row] * stride) + start;
                int i = 0;
                for (; i + TSimd.Width <= count; i += TSimd.Width)
                    TSimd.Store(to + i, TSimd.Add(TSimd.Load(to + i), TSimd.Load(from + i)));
                for (; i < count; i++) to[i] += from[i];
            }
        });
    }

    public void Pick(Tensor x, Tensor indices, Tensor y)
    {
        KernelChecks.Pick(x, indices, y);
        IndexRange.Check(indices, int.MinValue, x.Columns);
        int* index = (int*)indices.Address;
        float* source = (float*)x.Address, target = (float*)y.Address;
        for (int row = 0; row < x.Rows; row++)
            target[row] = index[row] < 0 ? 0 : source[(row * (nint)x.Columns) + index[row]];
    }
}
