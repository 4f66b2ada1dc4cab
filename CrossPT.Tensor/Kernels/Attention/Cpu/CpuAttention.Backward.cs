using System.Runtime.CompilerServices;

namespace CrossPT.Tensors.Cpu;

internal sealed unsafe partial class CpuAttention<TSimd, V>
{
    /// <summary>
    /// Queries whose scores a worker holds at a time, a multiple of 32: memory grows with the keys, not with their
    /// square.
    /// </summary>
    private const int QueryBlock = 128;

    public void Backward(
        in AttentionLayout layout, Tensor query, Tensor key, Tensor value, PositionBias? bias, Tensor logSumExp,
        Tensor outputGradient,
        Tensor? queryGradient, Tensor? keyGradient, Tensor? valueGradient, bool accumulate, Tensor? biasGradient,
        Tensor? output = null)
    {
        KernelChecks.AttentionBackward(
            layout, query, key, value, bias, logSumExp, outputGradient, queryGradient, keyGradient, valueGradient,
            accumulate, biasGradient, output);
        AttentionLayout shape = layout;
        int heads = layout.Heads, sequences = layout.Queries.Count;
        // The gradient of the bias sums over sequences: one worker then takes a head of all of them, in order.
        int perTask = biasGradient is null ? 1 : sequences;
        ForHeads(biasGradient is null ? sequences * heads : heads, (index, isLast, worker) =>
        {
            for (int i = 0; i < perTask; i++)
            {
                HeadTask task = biasGradient is null ? new(shape, index / heads, index % heads) : new(shape, i, index);
                Upcoming upcoming = new(task.Width);
                if (biasGradient is null && !isLast)
                {
                    HeadTask next = new(shape, (index + 1) / heads, (index + 1) % heads);
                    upcoming.Add(new Operand(key).Keys(next), next.Keys);
                    upcoming.Add(new Operand(value).Keys(next), next.Keys);
                    upcoming.Add(new Operand(query).Queries(next), next.Queries);
                    upcoming.Add(new Operand(outputGradient).Queries(next), next.Queries);
                }
                if (task.Keys > 0 && task.Queries > 0)
                {
                    Backward(
                        task, shape.Dropout, pool.Scratch(worker), ref upcoming, query, key, value, bias, logSumExp,
                        outputGradient, queryGradient, keyGradient, valueGradient, accumulate, biasGradient);
                    continue;
                }
                if (accumulate) continue;
                if (queryGradient is not null)
                    new Operand(queryGradient).Queries(task).Clear(task.Queries, task.Width);
                if (keyGradient is not null) new Operand(keyGradient).Keys(task).Clear(task.Keys, task.Width);
                if (valueGradient is not null) new Operand(valueGradient).Keys(task).Clear(task.Keys, task.Width);
            }
        });
    }

    private static void Backward(
        in HeadTask task, DropoutMask? dropout, Scratch scratch, ref Upcoming upcoming, Tensor query, Tensor key,
        Tensor value, PositionBias? bias, Tensor logSumExp, Tensor outputGradient,
        Tensor? queryGradient, Tensor? keyGradient, Tensor? valueGradient, bool accumulate, Tensor? biasGradient)
    {
        int queries = task.Queries, keys = task.Keys, width = task.Width;
        int widthPanels = Panels.Count(width), keyPitch = Panels.Pitch(keys);
        int blockRows = Math.Min(QueryBlock, queries), blockPanels = Panels.Count(blockRows);
        Operand keyRows = new Operand(key).Keys(task), valueRows = new Operand(value).Keys(task);
        bool shared = keyRows == valueRows;
        bool scoreGradient = queryGradient is not null || keyGradient is not null || biasGradient is not null;

        Layout memory = new();
        long kAt = memory.Panels(widthPanels, keyPitch), vAt = shared ? kAt : memory.Panels(widthPanels, keyPitch);
        long qAt = memory.Panels(widthPanels, blockRows), dOAt = memory.Panels(widthPanels, blockRows);
        long qTAt = memory.Panels(1, width), pAt = memory.Panels(blockPanels, keyPitch);
        long dSAt = memory.Panels(blockPanels, keyPitch), blockAt = memory.Panels(1, TSimd.TileRows);
        long lineAt = memory.Floats(LineOf(bias, task)), dLineAt = memory.Floats(LineOf(bias, task));
        float* start = scratch.Floats(memory.Total);
        float* k = start + kAt;
        float* v = start + vAt;
        float* q = start + qAt;
        float* dO = start + dOAt;
        float* transposed = start + qTAt;
        float* probabilities = start + pAt;
        float* gradients = start + dSAt;
        float* block = start + blockAt;
        float* line = start + lineAt;
        float* lineGradient = start + dLineAt;
        keyRows.Pack(keys, width, k, keyPitch);
        if (!shared) valueRows.Pack(keys, width, v, keyPitch);
        if (bias is not null) BiasLine.Fill(bias, task, line);
        if (biasGradient is not null) new Span<float>(lineGradient, BiasLine.Length(task)).Clear();

        nint heads = logSumExp.Columns, panelSize = (nint)keyPitch * Panels.Width;
        float* logs = (float*)logSumExp.Address + (task.FirstQuery * heads) + task.Head;
        float* logsOfPanel = stackalloc float[Panels.Width];
        for (int firstOfBlock = 0; firstOfBlock < queries; firstOfBlock += QueryBlock)
        {
            int rows = Math.Min(QueryBlock, queries - firstOfBlock);
            Operand queryRows = new Operand(query).Queries(task).Rows(firstOfBlock);
            Operand gradientRows = new Operand(outputGradient).Queries(task).Rows(firstOfBlock);
            for (int row = 0; row < rows; row += Panels.Width)
            {
                int first = firstOfBlock + row, lanes = Math.Min(Panels.Width, rows - row);
                float* p = probabilities + (row / Panels.Width * panelSize);
                float* dS = gradients + (row / Panels.Width * panelSize);

                // P from the inputs and log Σ exp; dP = dO·Vᵀ under dropout; dS = P · (dP − Σ P·dP), in place of dP;
                // then P under dropout, for dV.
                queryRows.Rows(row).PackTransposed(lanes, width, transposed);
                Scores(
                    k, keyPitch, transposed, width, keys, lanes,
                    bias is null ? null : BiasLine.For(line, task, first, key: 0), p, ref upcoming);
                if (scoreGradient)
                {
                    gradientRows.Rows(row).PackTransposed(lanes, width, transposed);
                    Scores(v, keyPitch, transposed, width, keys, lanes, null, dS, ref upcoming);
                    if (dropout is { } mask) Drop(mask, task, first, lanes, keys, dS);
                }
                for (int i = 0; i < Panels.Width; i++)
                    logsOfPanel[i] = i < lanes && task.Seen(first + i) > 0 ? logs[(first + i) * heads] : 0;
                for (int lane = 0; lane < lanes; lane += TSimd.Width)
                    ScoreGradients(
                        task, first + lane, p + lane, scoreGradient ? dS + lane : null, TSimd.Load(logsOfPanel + lane));
                if (biasGradient is not null) AddBiasGradient(dS, task, first, lanes, lineGradient);
                if (valueGradient is not null && dropout is { } again) Drop(again, task, first, lanes, keys, p);

                // dQ = dS·K.
                for (int tile = 0; queryGradient is not null && tile < lanes;)
                {
                    int height = Tile<TSimd, V>.Height(lanes - tile);
                    Operand target = new Operand(queryGradient).Queries(task).Rows(first + tile);
                    for (int column = 0; column < width; column += Panels.Width)
                    {
                        int columns = Math.Min(Panels.Width, width - column);
                        float* right = k + ((nint)column * keyPitch);
                        Operand to = target.Columns(column);
                        if (columns == Panels.Width)
                        {
                            Tile<TSimd, V>.MultiplyTransposed(
                                dS + tile, right, keys, to.Start, to.Stride, accumulate ? to.Start : null, to.Stride,
                                height, columns);
                            continue;
                        }
                        Tile<TSimd, V>.MultiplyTransposed(
                            dS + tile, right, keys, block, Panels.Width, null, 0, height, columns);
                        Put(block, to, height, columns, accumulate);
                    }
                    tile += height;
                }
            }

            // dV = Pᵀ·dO and dK = dSᵀ·Q sum over the queries: the panels of scores are the left operand as they stand.
            bool add = accumulate || firstOfBlock > 0;
            if (valueGradient is not null)
            {
                gradientRows.Pack(rows, width, dO, blockRows);
                KeyGradient(
                    probabilities, panelSize, dO, blockRows, rows, task, new Operand(valueGradient).Keys(task), block,
                    add);
            }
            if (keyGradient is not null)
            {
                queryRows.Pack(rows, width, q, blockRows);
                KeyGradient(
                    gradients, panelSize, q, blockRows, rows, task, new Operand(keyGradient).Keys(task), block, add);
            }
        }
        if (biasGradient is not null) BiasLine.AddTo(biasGradient, bias!, task, lineGradient);
    }

    /// <summary>
    /// A vector of queries: p from scores to probabilities, dp from dP to dS; zeros for keys a query does not see.
    /// </summary>
    private static void ScoreGradients(in HeadTask task, int query, float* p, float* dp, V logSumExp)
    {
        int keys = task.Keys;
        Hide(task, query, keys, p, float.NegativeInfinity);
        V mean = Probabilities(p, dp, keys, logSumExp);
        Hide(task, query, keys, p, 0);
        for (int k = 0; dp != null && k < keys; k++, p += Panels.Width, dp += Panels.Width)
            TSimd.Store(dp, TSimd.Multiply(TSimd.Load(p), TSimd.Subtract(TSimd.Load(dp), mean)));
    }

    /// <summary>Turns scores into probabilities; returns Σ P·dP, or 0 without dP.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static V Probabilities(float* p, float* dp, int keys, V logSumExp)
    {
        V sum = TSimd.Zero;
        for (int k = 0; k < keys; k++, p += Panels.Width)
        {
            V probability = VectorMath<TSimd, V>.Exp(TSimd.Subtract(TSimd.Load(p), logSumExp));
            TSimd.Store(p, probability);
            if (dp != null) sum = TSimd.Fma(probability, TSimd.Load(dp + ((nint)k * Panels.Width)), sum);
        }
        return sum;
    }

    /// <summary>target [keys, D] (+)= scoresᵀ [keys, rows] · right [rows, D].</summary>
    private static void KeyGradient(
        float* scores, nint panelSize, float* right, int pitch, int rows, in HeadTask task, Operand target,
        float* block, bool accumulate)
    {
        for (int column = 0; column < task.Width; column += Panels.Width)
        {
            int columns = Math.Min(Panels.Width, task.Width - column);
            for (int key = 0; key < task.Keys;)
            {
                int height = Tile<TSimd, V>.Height(task.Keys - key);
                float* left = scores + ((nint)key * Panels.Width), of = right + ((nint)column * pitch);
                Operand to = target.Rows(key).Columns(column);
                key += height;
                if (columns == Panels.Width)
                {
                    Tile<TSimd, V>.Multiply(
                        left, panelSize, of, rows, to.Start, to.Stride, accumulate ? to.Start : null, to.Stride, height,
                        columns);
                    continue;
                }
                Tile<TSimd, V>.Multiply(left, panelSize, of, rows, block, Panels.Width, null, 0, height, columns);
                Put(block, to, height, columns, accumulate);
            }
        }
    }

    /// <summary>target = tile, or target += tile.</summary>
    private static void Put(float* tile, Operand target, int rows, int columns, bool accumulate)
    {
        float* to = target.Start;
        for (int row = 0; row < rows; row++, tile += Panels.Width, to += target.Stride)
        {
            int i = 0;
            for (; i + TSimd.Width <= columns; i += TSimd.Width)
                TSimd.Store(
                    to + i, accumulate ? TSimd.Add(TSimd.Load(to + i), TSimd.Load(tile + i)) : TSimd.Load(tile + i));
            for (; i < columns; i++) to[i] = tile[i] + (accumulate ? to[i] : 0);
        }
    }

    /// <summary>Adds a panel of dS to the line of the biases that its elements had.</summary>
    private static void AddBiasGradient(float* dS, in HeadTask task, int first, int lanes, float* lineGradient)
    {
        for (int k = 0; k < task.Keys; k++, dS += Panels.Width)
        {
            float* line = BiasLine.For(lineGradient, task, first, k);
            // Past the last query dS is zero: its dO is.
            for (int i = 0; i < lanes; i += TSimd.Width)
                TSimd.Store(line + i, TSimd.Add(TSimd.Load(line + i), TSimd.Load(dS + i)));
        }
    }
}
