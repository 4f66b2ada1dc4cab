using System.Runtime.CompilerServices;

namespace CrossPT.Tensors.Cpu;

/// <summary>
/// Attention on the CPU. A worker takes one head of one sequence, packs its keys and values into panels and works
/// through the queries a panel at a time. Scores live in the worker's memory only, transposed: a row is a key and the
/// 32 columns are queries, so that the softmax goes down the columns of vectors. Every product is a
/// <see cref="Tile{TSimd, V}"/>: scores come out in panels, and panels are operands again, upright or transposed.
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
        Operand q = new(query), k = new(key), v = new(value), o = new(output);
        float* l = (float*)logSumExp.Address;
        ForHeads(layout.Queries.Count * layout.Heads, (index, isLast, worker) =>
        {
            HeadTask task = new(shape, index / shape.Heads, index % shape.Heads);
            if (task.Queries == 0) return;
            Upcoming upcoming = new(task.Width);
            if (!isLast)
            {
                HeadTask next = new(shape, (index + 1) / shape.Heads, (index + 1) % shape.Heads);
                upcoming.Add(k.Keys(next), next.Keys);
                upcoming.Add(v.Keys(next), next.Keys);
                upcoming.Add(q.Queries(next), next.Queries);
            }
            Forward(
                task, bias, shape.Dropout, pool.Scratch(worker), ref upcoming, q.Queries(task), k.Keys(task),
                v.Keys(task), o.Queries(task), l + (task.FirstQuery * (nint)shape.Heads) + task.Head, shape.Heads);
        });
    }

    /// <summary>
    /// Calls <paramref name="body"/>(index, whether the worker goes on elsewhere, worker) for every head of every
    /// sequence: a worker takes some that follow each other, and while it computes one it fetches the next.
    /// </summary>
    private void ForHeads(int count, Action<int, bool, int> body)
    {
        const int RunsPerWorker = 16;
        int runs = Math.Min(count, RunsPerWorker * pool.Count);
        pool.Run(runs, (run, worker) =>
        {
            int end = (int)((long)count * (run + 1) / runs);
            for (int index = (int)((long)count * run / runs); index < end; index++)
                body(index, index + 1 == end, worker);
        });
    }

    private static void Forward(
        in HeadTask task, PositionBias? bias, DropoutMask? dropout, Scratch scratch, ref Upcoming upcoming,
        Operand query, Operand key, Operand value, Operand output, float* logSumExp, nint logStride)
    {
        int queries = task.Queries, keys = task.Keys, width = task.Width;
        int widthPanels = Panels.Count(width), keyPitch = Panels.Pitch(keys);
        bool shared = key == value;
        Layout memory = new();
        long kAt = memory.Panels(widthPanels, keyPitch), vAt = shared ? kAt : memory.Panels(widthPanels, keyPitch);
        long qTAt = memory.Panels(1, width), scoresAt = memory.Panels(1, keys);
        long lineAt = memory.Floats(LineOf(bias, task)), blockAt = memory.Panels(1, TSimd.TileRows);
        float* start = scratch.Floats(memory.Total);
        float* k = start + kAt;
        float* v = start + vAt;
        float* qT = start + qTAt;
        float* scores = start + scoresAt;
        float* line = start + lineAt;
        float* block = start + blockAt;
        key.Pack(keys, width, k, keyPitch);
        if (!shared) value.Pack(keys, width, v, keyPitch);
        if (bias is not null) BiasLine.Fill(bias, task, line);

        float* logs = stackalloc float[Panels.Width];
        float* factors = stackalloc float[Panels.Width];
        for (int first = 0; first < queries; first += Panels.Width)
        {
            int lanes = Math.Min(Panels.Width, queries - first), seen = task.Seen(first + lanes - 1);
            query.Rows(first).PackTransposed(lanes, width, qT);
            Scores(
                k, keyPitch, qT, width, seen, lanes,
                bias is null ? null : BiasLine.For(line, task, first, key: 0), scores, ref upcoming);
            for (int lane = 0; lane < lanes; lane += TSimd.Width)
                Softmax(task, first + lane, scores + lane, seen, logs + lane, factors + lane);
            for (int i = 0; i < lanes; i++) logSumExp[(first + i) * logStride] = logs[i];
            if (dropout is { } mask) Drop(mask, task, first, lanes, seen, scores);

            // O = P·V, then each row over its sum.
            for (int row = 0; row < lanes;)
            {
                int rows = Tile<TSimd, V>.Height(lanes - row);
                for (int column = 0; column < width; column += Panels.Width)
                {
                    int columns = Math.Min(Panels.Width, width - column);
                    Tile<TSimd, V>.MultiplyTransposed(
                        scores + row, v + ((nint)column * keyPitch), seen, block, Panels.Width, null, 0, rows, columns);
                    Scale(block, rows, columns, factors + row, output.Rows(first + row).Columns(column));
                }
                row += rows;
            }
        }
    }

    /// <summary>
    /// scores [keys, 32] = K·Qᵀ for a panel of queries, plus the biases where <paramref name="bias"/> is their line at
    /// the first query and key.
    /// </summary>
    private static void Scores(
        float* k, int keyPitch, float* qT, int width, int keys, int lanes, float* bias, float* scores,
        ref Upcoming upcoming)
    {
        for (int row = 0; row < keys;)
        {
            int rows = Tile<TSimd, V>.Height(keys - row);
            Tile<TSimd, V>.Multiply(
                k + ((nint)row * Panels.Width), (nint)keyPitch * Panels.Width, qT, width,
                scores + ((nint)row * Panels.Width), Panels.Width, bias == null ? null : bias - row, -1, rows, lanes,
                upcoming.Next());
            row += rows;
        }
    }

    /// <summary>
    /// Turns the scores of a vector of queries into e^(score − largest), 0 for keys a query does not see, and gives
    /// their log Σ exp(score) and 1 / Σ; for a query that sees no key −∞ and 0.
    /// </summary>
    private static void Softmax(in HeadTask task, int query, float* scores, int keys, float* logs, float* factors)
    {
        const float Unseen = float.NegativeInfinity;
        Hide(task, query, keys, scores, Unseen);
        V most = Max(scores, keys), sum = ExpSum(scores, keys, most);
        Hide(task, query, keys, scores, 0);
        TSimd.Store(logs, TSimd.Add(most, TSimd.Log(sum)));
        TSimd.Store(factors, TSimd.Divide(TSimd.Create(1), sum));
        for (int lane = 0; lane < TSimd.Width && task.Seen(query + lane) == 0; lane++)
        {
            logs[lane] = Unseen;
            factors[lane] = 0;
        }
    }

    // Methods of their own: beside calls the compiler keeps a loop's sum in memory.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static V Max(float* scores, int keys)
    {
        V most = TSimd.Create(float.NegativeInfinity);
        for (int k = 0; k < keys; k++, scores += Panels.Width) most = TSimd.Max(most, TSimd.Load(scores));
        return most;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static V ExpSum(float* scores, int keys, V shift)
    {
        V sum = TSimd.Zero;
        for (int k = 0; k < keys; k++, scores += Panels.Width)
        {
            V p = VectorMath<TSimd, V>.Exp(TSimd.Subtract(TSimd.Load(scores), shift));
            TSimd.Store(scores, p);
            sum = TSimd.Add(sum, p);
        }
        return sum;
    }

    /// <summary>Writes <paramref name="value"/> where a query of the vector does not see a key.</summary>
    private static void Hide(in HeadTask task, int query, int keys, float* scores, float value)
    {
        V hidden = TSimd.Create(value);
        for (int k = keys - 1; k >= 0 && task.FirstToSee(k) > query; k--)
        {
            float* at = scores + ((nint)k * Panels.Width);
            int count = Math.Min(TSimd.Width, task.FirstToSee(k) - query);
            TSimd.Store(at, TSimd.Select(TSimd.FromBits((1u << count) - 1), hidden, TSimd.Load(at)));
        }
    }

    /// <summary>
    /// A panel of probabilities, or of their gradients, under dropout: zeros where the mask has them, the rest scaled.
    /// </summary>
    private static void Drop(DropoutMask mask, in HeadTask task, int first, int lanes, int keys, float* panel)
    {
        uint* keys0 = stackalloc uint[Panels.Width];
        uint* keys1 = stackalloc uint[Panels.Width];
        for (int i = 0; i < Panels.Width; i++)
            (keys0[i], keys1[i]) = mask.Keys(task.MaskRow(first + Math.Min(i, lanes - 1)));
        int threshold = mask.Threshold;
        V scale = TSimd.Create((float)mask.Scale);
        for (int lane = 0; lane < lanes; lane += TSimd.Width)
        {
            V key0 = TSimd.Load((float*)keys0 + lane), key1 = TSimd.Load((float*)keys1 + lane);
            for (int k = 0; k < keys; k++)
            {
                float* at = panel + ((nint)k * Panels.Width) + lane;
                V kept = TSimd.KeptOfRows((uint)k, key0, key1, threshold);
                TSimd.Store(at, TSimd.Select(kept, TSimd.Multiply(TSimd.Load(at), scale), TSimd.Zero));
            }
        }
    }

    /// <summary>target = tile, each row times its factor.</summary>
    private static void Scale(float* tile, int rows, int columns, float* factors, Operand target)
    {
        float* to = target.Start;
        for (int row = 0; row < rows; row++, tile += Panels.Width, to += target.Stride)
        {
            V factor = TSimd.Create(factors[row]);
            int i = 0;
            for (; i + TSimd.Width <= columns; i += TSimd.Width)
                TSimd.Store(to + i, TSimd.Multiply(TSimd.Load(tile + i), factor));
            for (; i < columns; i++) to[i] = tile[i] * factors[row];
        }
    }

    private static int LineOf(PositionBias? bias, in HeadTask task) => bias is null ? 0 : BiasLine.Length(task);

    /// <summary>Rows of a tensor, or of one head of it.</summary>
    private readonly record struct Operand(nint Address, nint Stride)
    {
        public Operand(Tensor tensor)
            : this(tensor.Address, tensor.RowStride)
        {
        }

        public float* Start => (float*)Address;

        public Operand Queries(in HeadTask task) => new((nint)task.Query(Start, Stride), Stride);

        public Operand Keys(in HeadTask task) => new((nint)task.Key(Start, Stride), Stride);

        public Operand Rows(int first) => new((nint)(Start + (first * Stride)), Stride);

        public Operand Columns(int first) => new((nint)(Start + first), Stride);

        public void Pack(int rows, int columns, float* panels, int pitch)
            => Panels.Pack(Start, Stride, rows, columns, panels, pitch);

        public void PackTransposed(int rows, int columns, float* panels)
            => Panels.PackTransposed(Start, Stride, rows, columns, panels, columns);

        public void Clear(int rows, int columns)
        {
            for (int row = 0; row < rows; row++) new Span<float>(Start + (row * Stride), columns).Clear();
        }
    }

    /// <summary>
    /// The rows of the head a worker takes next. A register tile of scores fetches half the width of 32 of them: a
    /// head's rows are too short, and too far apart, for the processor's own prefetching.
    /// </summary>
    private struct Upcoming(int width)
    {
        private const int Line = 16;
        private Sources _sources;
        private int _count;
        private int _source;
        private int _tile;

        public void Add(Operand operand, int rows)
        {
            if (rows > 0) _sources[_count++] = (operand, 2 * Panels.Count(rows));
        }

        public Ahead Next()
        {
            if (_source == _count) return default;
            (Operand operand, int tiles) = _sources[_source];
            Operand from = operand.Rows(_tile / 2 * Panels.Width).Columns(_tile % 2 * (width / 2));
            _tile++;
            if (_tile == tiles)
            {
                _source++;
                _tile = 0;
            }
            return new Ahead(from.Address, from.Stride, Line - (Panels.Width * from.Stride));
        }

        [InlineArray(4)]
        private struct Sources
        {
            private (Operand Operand, int Tiles) _first;
        }
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
