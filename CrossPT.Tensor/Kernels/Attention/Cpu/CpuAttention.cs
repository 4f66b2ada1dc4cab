namespace CrossPT.Tensors.Cpu;

/// <summary>
/// Attention on the CPU. A worker takes one head of one sequence, packs its queries, keys and values into panels and
/// works through the queries in blocks; scores live in the worker's memory only. Every product is a
/// <see cref="Tile{TSimd, V}"/>: scores come out in panels, and panels are operands again.
/// </summary>
internal sealed unsafe partial class CpuAttention<TSimd, V>(WorkerPool pool) : IAttentionKernels
    where TSimd : struct, ISimd<V>
    where V : unmanaged
{
    public bool BackwardReadsOutput => false;

    public void Forward(
        in AttentionLayout layout, Tensor query, Tensor key, Tensor value, PositionBias? bias, Tensor output,
        Tensor logSumExp)
    {
        KernelChecks.AttentionForward(layout, query, key, value, bias, output, logSumExp);
        AttentionLayout shape = layout;
        float* q = (float*)query.Address;
        float* k = (float*)key.Address;
        float* v = (float*)value.Address;
        float* o = (float*)output.Address;
        float* l = (float*)logSumExp.Address;
        nint qStride = query.RowStride, kStride = key.RowStride, vStride = value.RowStride, oStride = output.RowStride;
        pool.Run(layout.Queries.Count * layout.Heads, (index, worker) =>
        {
            HeadTask task = new(shape, index / shape.Heads, index % shape.Heads);
            if (task.Queries > 0)
                Forward(
                    task, bias, shape.Dropout, pool.Scratch(worker), task.Query(q, qStride), qStride,
                    task.Key(k, kStride), kStride, task.Key(v, vStride), vStride, task.Query(o, oStride), oStride,
                    l + (task.FirstQuery * (nint)shape.Heads) + task.Head, shape.Heads);
        });
    }

    private static void Forward(
        in HeadTask task, PositionBias? bias, DropoutMask? dropout, Scratch scratch, float* query, nint queryStride,
        float* key, nint keyStride, float* value, nint valueStride,
        float* output, nint outputStride, float* logSumExp, nint logStride)
    {
        int queries = task.Queries, keys = task.Keys, width = task.Width, height = TSimd.TileRows;
        int widthPanels = Panels.Count(width), keyPanels = Panels.Count(keys), queryPitch = Panels.Pitch(queries);
        Layout memory = new();
        long qAt = memory.Panels(widthPanels, queryPitch);
        long kAt = memory.Panels(keyPanels, width);
        long vAt = memory.Panels(widthPanels, keys);
        long scoresAt = memory.Panels(keyPanels, height);
        long blockAt = memory.Panels(1, height);
        long lineAt = memory.Floats(BiasLine.Length(task));
        float* start = scratch.Floats(memory.Total);
        float* q = start + qAt;
        float* kT = start + kAt;
        float* v = start + vAt;
        float* scores = start + scoresAt;
        float* block = start + blockAt;
        float* line = start + lineAt;

        Panels.Pack(query, queryStride, queries, width, q, queryPitch);
        Panels.PackTransposed(key, keyStride, keys, width, kT, width);
        Panels.Pack(value, valueStride, keys, width, v, keys);
        if (bias is not null) BiasLine.Fill(bias, task, line);

        float* factors = stackalloc float[height];
        for (int row = 0; row < queries; row += height)
        {
            int rows = Math.Min(height, queries - row), seen = task.Seen(row + rows - 1);
            Scores(q + ((nint)row * Panels.Width), queryPitch, kT, width, rows, seen, scores, height);
            for (int i = 0; i < rows; i++)
            {
                float* biasOfRow = bias is null ? null : BiasLine.For(line, task, task.Position(row + i));
                factors[i] = 1 / SoftmaxRow(
                    scores + (i * Panels.Width), (nint)height * Panels.Width, task.Seen(row + i), seen, biasOfRow,
                    out float log);
                logSumExp[(row + i) * logStride] = log;
                if (dropout is { } mask)
                    Drop(
                        mask, task.MaskRow(row + i), scores + (i * Panels.Width), (nint)height * Panels.Width,
                        task.Seen(row + i));
            }
            // O = P·V, then each row over its sum.
            for (int panel = 0; panel < widthPanels; panel++)
            {
                int columns = Math.Min(Panels.Width, width - (panel * Panels.Width));
                float* target = output + (row * outputStride) + ((nint)panel * Panels.Width);
                float* right = v + ((nint)panel * keys * Panels.Width);
                if (seen > 0)
                    Tile<TSimd, V>.Multiply(
                        scores, (nint)height * Panels.Width, right, seen, block, Panels.Width, null, 0, rows, columns);
                else new Span<float>(block, height * Panels.Width).Clear();
                for (int i = 0; i < rows; i++)
                    ScaleInto(
                        block + (i * Panels.Width), target + (i * outputStride), columns,
                        task.Seen(row + i) > 0 ? factors[i] : 0);
            }
        }
    }

    /// <summary>
    /// scores [rows, keys] = Q·Kᵀ for one tile of queries, in panels of <paramref name="pitch"/> rows, as far as
    /// <paramref name="seen"/> keys.
    /// </summary>
    private static void Scores(
        float* q, int queryPitch, float* keysTransposed, int width, int rows, int seen, float* scores, int pitch)
    {
        for (int panel = 0; panel * Panels.Width < seen; panel++)
        {
            Tile<TSimd, V>.Multiply(
                q, (nint)queryPitch * Panels.Width, keysTransposed + ((nint)panel * width * Panels.Width), width,
                scores + ((nint)panel * pitch * Panels.Width), Panels.Width, null, 0, rows, Panels.Width);
        }
    }

    /// <summary>
    /// Turns a row of scores into e^(score + bias − largest), 0 from <paramref name="seen"/> up to the end of the panel
    /// of <paramref name="through"/>; returns the sum.
    /// </summary>
    private static float SoftmaxRow(
        float* row, nint panelStride, int seen, int through, float* bias, out float logSumExp)
    {
        int end = Panels.Count(through) * Panels.Width;
        if (seen == 0)
        {
            for (int k = 0; k < end; k += Panels.Width, row += panelStride) new Span<float>(row, Panels.Width).Clear();
            logSumExp = float.NegativeInfinity;
            return 1;
        }
        V most = TSimd.Create(float.NegativeInfinity);
        float* s = row;
        for (int k = 0; k < seen; k += Panels.Width, s += panelStride)
        {
            for (int j = 0; j < Panels.Width; j += TSimd.Width)
            {
                if (bias != null) TSimd.Store(s + j, TSimd.Add(TSimd.Load(s + j), TSimd.Load(bias + k + j)));
            }
            for (int j = Math.Max(0, seen - k); j < Panels.Width; j++) s[j] = float.NegativeInfinity;
            for (int j = 0; j < Panels.Width; j += TSimd.Width) most = TSimd.Max(most, TSimd.Load(s + j));
        }
        float largest = TSimd.MaxElement(most);
        V shift = TSimd.Create(largest), sum = TSimd.Zero;
        s = row;
        for (int k = 0; k < end; k += Panels.Width, s += panelStride)
        {
            for (int j = 0; j < Panels.Width; j += TSimd.Width)
            {
                V p = k + j < seen ? VectorMath<TSimd, V>.Exp(TSimd.Subtract(TSimd.Load(s + j), shift)) : TSimd.Zero;
                TSimd.Store(s + j, p);
            }
            for (int j = Math.Max(0, seen - k); j < Panels.Width; j++) s[j] = 0;
            for (int j = 0; j < Panels.Width; j += TSimd.Width) sum = TSimd.Add(sum, TSimd.Load(s + j));
        }
        float total = TSimd.Sum(sum);
        logSumExp = largest + MathF.Log(total);
        return total;
    }

    /// <summary>
    /// A row of probabilities, or of their gradients, under dropout: zeros where the mask has them, the rest scaled.
    /// </summary>
    private static void Drop(DropoutMask mask, long maskRow, float* row, nint panelStride, int seen)
    {
        (uint key0, uint key1) = mask.Keys(maskRow);
        int threshold = mask.Threshold;
        V scale = TSimd.Create((float)mask.Scale);
        for (int k = 0; k < seen; k += Panels.Width, row += panelStride)
        {
            for (int j = 0; j < Panels.Width; j += TSimd.Width)
                TSimd.Store(
                    row + j,
                    TSimd.Select(
                        TSimd.Kept((uint)(k + j), key0, key1, threshold), TSimd.Multiply(TSimd.Load(row + j), scale),
                        TSimd.Zero));
        }
    }

    private static void ScaleInto(float* x, float* y, int count, float factor)
    {
        V f = TSimd.Create(factor);
        int i = 0;
        for (; i + TSimd.Width <= count; i += TSimd.Width) TSimd.Store(y + i, TSimd.Multiply(TSimd.Load(x + i), f));
        for (; i < count; i++) y[i] = x[i] * factor;
    }

    /// <summary>Adds up what a task needs of its worker's memory, each piece on a cache line of its own.</summary>
    private struct Layout
    {
        public long Total { get; private set; }

        public long Panels(int count, int rows) => Floats((long)count * rows * Cpu.Panels.Width);

        public long Floats(long count)
        {
            long start = Total;
            Total += (count + 15) & ~15L;
            return start;
        }
    }
}
