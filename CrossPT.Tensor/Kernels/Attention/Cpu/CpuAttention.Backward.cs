namespace CrossPT.Tensors.Cpu;

internal sealed unsafe partial class CpuAttention<TSimd, V>
{
    /// <summary>
    /// Queries whose scores a worker holds at a time, a multiple of 32 and of the tile: memory grows with the keys, not
    /// with their square.
    /// </summary>
    private const int QueryBlock = 96;

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
        pool.Run(biasGradient is null ? sequences * heads : heads, (index, worker) =>
        {
            for (int i = 0; i < perTask; i++)
            {
                HeadTask task = biasGradient is null ? new(shape, index / heads, index % heads) : new(shape, i, index);
                if (task.Keys > 0)
                    Backward(
                        task, shape.Dropout, pool.Scratch(worker), query, key, value, bias, logSumExp, outputGradient,
                        queryGradient, keyGradient, valueGradient, accumulate, biasGradient);
                else if (queryGradient is not null && !accumulate)
                    ClearRows(
                        task.Query((float*)queryGradient.Address, queryGradient.RowStride), queryGradient.RowStride,
                        task.Queries, task.Width);
            }
        });
    }

    private static void Backward(
        in HeadTask task, DropoutMask? dropout, Scratch scratch, Tensor query, Tensor key, Tensor value,
        PositionBias? bias, Tensor logSumExp, Tensor outputGradient,
        Tensor? queryGradient, Tensor? keyGradient, Tensor? valueGradient, bool accumulate, Tensor? biasGradient)
    {
        int queries = task.Queries;
        int keys = task.Keys;
        int width = task.Width;
        int blockRows = Math.Min(QueryBlock, Panels.Count(Math.Max(queries, 1)) * Panels.Width);
        int widthPanels = Panels.Count(width), keyPanels = Panels.Count(keys);
        bool shared = key.Address == value.Address && key.RowStride == value.RowStride;
        bool scoreGradient = queryGradient is not null || keyGradient is not null || biasGradient is not null;

        Layout memory = new();
        long kTAt = memory.Panels(keyPanels, width), vTAt = shared ? kTAt : memory.Panels(keyPanels, width);
        long kAt = memory.Panels(queryGradient is null ? 0 : widthPanels, keys);
        long rowsAt = memory.Panels(widthPanels, blockRows), columnsAt = memory.Panels(Panels.Count(blockRows), width);
        long pAt = memory.Panels(keyPanels, blockRows), dpAt = memory.Panels(keyPanels, blockRows);
        long dkAt = memory.Panels(keyGradient is null ? 0 : keyPanels, width);
        long dvAt = memory.Panels(valueGradient is null ? 0 : keyPanels, width);
        long lineAt = memory.Floats(BiasLine.Length(task)), tileAt = memory.Panels(1, TSimd.TileRows);
        float* start = scratch.Floats(memory.Total);
        float* kT = start + kTAt;
        float* vT = start + vTAt;
        float* k = start + kAt;
        float* rowPanels = start + rowsAt;
        float* columnPanels = start + columnsAt;
        float* p = start + pAt;
        float* dp = start + dpAt;
        float* dk = start + dkAt;
        float* dv = start + dvAt;
        float* line = start + lineAt;
        float* tile = start + tileAt;

        float* keyRows = task.Key((float*)key.Address, key.RowStride);
        float* valueRows = task.Key((float*)value.Address, value.RowStride);
        Panels.PackTransposed(keyRows, key.RowStride, keys, width, kT, width);
        if (!shared) Panels.PackTransposed(valueRows, value.RowStride, keys, width, vT, width);
        if (queryGradient is not null) Panels.Pack(keyRows, key.RowStride, keys, width, k, keys);
        if (bias is not null) BiasLine.Fill(bias, task, line);
        nint heads = logSumExp.Columns;
        float* logs = (float*)logSumExp.Address + (task.FirstQuery * heads) + task.Head;
        float* queryRows = task.Query((float*)query.Address, query.RowStride);
        float* gradientRows = task.Query((float*)outputGradient.Address, outputGradient.RowStride);

        for (int first = 0; first < Math.Max(queries, 1); first += QueryBlock)
        {
            int rows = Math.Min(QueryBlock, queries - first);
            bool later = first > 0;

            // P from the inputs and log Σ exp; dP = dO·Vᵀ under dropout; dS = P · (dP − Σ P·dP), in place of dP; then P
            // under dropout, for dV.
            Panels.Pack(queryRows + (first * query.RowStride), query.RowStride, rows, width, rowPanels, blockRows);
            for (int row = 0; row < rows; row += TSimd.TileRows)
                Scores(
                    rowPanels + ((nint)row * Panels.Width), blockRows, kT, width, Math.Min(TSimd.TileRows, rows - row),
                    keys, p + ((nint)row * Panels.Width), blockRows);
            if (scoreGradient)
            {
                Panels.Pack(
                    gradientRows + (first * outputGradient.RowStride), outputGradient.RowStride, rows, width, rowPanels,
                    blockRows);
                for (int row = 0; row < rows; row += TSimd.TileRows)
                    Scores(
                        rowPanels + ((nint)row * Panels.Width), blockRows, vT, width,
                        Math.Min(TSimd.TileRows, rows - row), keys, dp + ((nint)row * Panels.Width), blockRows);
            }
            for (int row = 0; row < rows; row++)
            {
                int at = first + row, position = task.Position(at);
                float* biasOfRow = bias is null ? null : BiasLine.For(line, task, position);
                nint offset = (nint)row * Panels.Width, panelStride = (nint)blockRows * Panels.Width;
                if (scoreGradient && dropout is { } mask)
                    Drop(mask, task.MaskRow(at), dp + offset, panelStride, task.Seen(at));
                ScoreGradientRow(
                    p + offset, scoreGradient ? dp + offset : null, panelStride, task.Seen(at), keys, biasOfRow,
                    logs[at * heads]);
                if (biasGradient is not null) AddBiasGradient(dp + offset, panelStride, task, at, bias!, biasGradient);
                if (valueGradient is not null && dropout is { } again)
                    Drop(again, task.MaskRow(at), p + offset, panelStride, task.Seen(at));
            }

            if (queryGradient is not null)
                QueryGradient(
                    dp, blockRows, k, task, rows, tile,
                    task.Query((float*)queryGradient.Address, queryGradient.RowStride)
                        + (first * (nint)queryGradient.RowStride), queryGradient.RowStride, accumulate);
            // dVᵀ = dOᵀ·P and dKᵀ = Qᵀ·dS sum over the queries: the panels of scores are the right operand as they
            // stand.
            if (valueGradient is not null)
            {
                Panels.PackTransposed(
                    gradientRows + (first * outputGradient.RowStride), outputGradient.RowStride, rows, width,
                    columnPanels, width);
                KeyGradient(columnPanels, width, p, blockRows, rows, keyPanels, dv, later);
            }
            if (keyGradient is not null)
            {
                Panels.PackTransposed(
                    queryRows + (first * query.RowStride), query.RowStride, rows, width, columnPanels, width);
                KeyGradient(columnPanels, width, dp, blockRows, rows, keyPanels, dk, later);
            }
        }
        if (keyGradient is not null)
            Panels.UnpackTransposed(
                dk, width, task.Key((float*)keyGradient.Address, keyGradient.RowStride), keyGradient.RowStride, keys,
                width, accumulate);
        if (valueGradient is not null)
            Panels.UnpackTransposed(
                dv, width, task.Key((float*)valueGradient.Address, valueGradient.RowStride), valueGradient.RowStride,
                keys, width, accumulate);
    }

    /// <summary>
    /// One row: p from scores to probabilities, dp from dP to dS; zeros from the keys the query sees to the end of the
    /// last panel.
    /// </summary>
    private static void ScoreGradientRow(
        float* p, float* dp, nint panelStride, int seen, int keys, float* bias, float logSumExp)
    {
        V shift = TSimd.Create(logSumExp), sum = TSimd.Zero;
        float* row = p, gradient = dp;
        for (int k = 0; k < keys; k += Panels.Width, row += panelStride, gradient += panelStride)
        {
            for (int j = 0; j < Panels.Width; j += TSimd.Width)
            {
                V score = TSimd.Load(row + j);
                if (bias != null) score = TSimd.Add(score, TSimd.Load(bias + k + j));
                TSimd.Store(row + j, VectorMath<TSimd, V>.Exp(TSimd.Subtract(score, shift)));
            }
            for (int j = Math.Max(0, seen - k); j < Panels.Width; j++) row[j] = 0;
            if (dp == null) continue;
            for (int j = 0; j < Panels.Width; j += TSimd.Width)
                sum = TSimd.Fma(TSimd.Load(row + j), TSimd.Load(gradient + j), sum);
        }
        if (dp == null) return;
        V mean = TSimd.Create(TSimd.Sum(sum));
        row = p;
        gradient = dp;
        for (int k = 0; k < keys; k += Panels.Width, row += panelStride, gradient += panelStride)
            for (int j = 0; j < Panels.Width; j += TSimd.Width)
                TSimd.Store(
                    gradient + j, TSimd.Multiply(TSimd.Load(row + j), TSimd.Subtract(TSimd.Load(gradient + j), mean)));
    }

    /// <summary>dQ = dS·K for a block of queries.</summary>
    private static void QueryGradient(
        float* dScores, int pitch, float* k, in HeadTask task, int rows, float* tile, float* target, nint stride,
        bool accumulate)
    {
        for (int row = 0; row < rows; row += TSimd.TileRows)
        {
            int height = Math.Min(TSimd.TileRows, rows - row);
            for (int column = 0; column < task.Width; column += Panels.Width)
            {
                int columns = Math.Min(Panels.Width, task.Width - column);
                float* to = target + (row * stride) + column;
                float* right = k + ((nint)column * task.Keys);
                if (columns == Panels.Width)
                {
                    Tile<TSimd, V>.Multiply(
                        dScores + ((nint)row * Panels.Width), (nint)pitch * Panels.Width, right, task.Keys, to, stride,
                        accumulate ? to : null, stride, height, columns);
                    continue;
                }
                Tile<TSimd, V>.Multiply(
                    dScores + ((nint)row * Panels.Width), (nint)pitch * Panels.Width, right, task.Keys, tile,
                    Panels.Width, null, 0, height, columns);
                for (int i = 0; i < height; i++)
                    for (int j = 0; j < columns; j++)
                        to[(i * stride) + j] = tile[(i * Panels.Width) + j] + (accumulate ? to[(i * stride) + j] : 0);
            }
        }
    }

    /// <summary>result [D, keys] (+)= left [D, rows] · scores [rows, keys], all in panels.</summary>
    private static void KeyGradient(
        float* left, int width, float* scores, int pitch, int rows, int keyPanels, float* result, bool accumulate)
    {
        for (int panel = 0; panel < keyPanels; panel++)
        {
            for (int row = 0; row < width; row += TSimd.TileRows)
            {
                float* block = result + ((((nint)panel * width) + row) * Panels.Width);
                Tile<TSimd, V>.Multiply(
                    left + ((nint)row * Panels.Width), (nint)width * Panels.Width,
                    scores + ((nint)panel * pitch * Panels.Width), rows,
                    block, Panels.Width, accumulate ? block : null, Panels.Width, Math.Min(TSimd.TileRows, width - row),
                    Panels.Width);
            }
        }
    }

    private static void AddBiasGradient(
        float* dScores, nint panelStride, in HeadTask task, int query, PositionBias bias, Tensor biasGradient)
    {
        float* table = (float*)biasGradient.Address;
        int* buckets = (int*)bias.Buckets.Address;
        int position = task.Position(query), seen = task.Seen(query), heads = biasGradient.Columns;
        for (int k = 0; k < seen; k++)
            table[((nint)buckets[k - position + bias.Reach] * heads) + task.Head] +=
                dScores[(k / Panels.Width * panelStride) + (k % Panels.Width)];
    }

    private static void ClearRows(float* rows, nint stride, int count, int width)
    {
        for (int row = 0; row < count; row++) new Span<float>(rows + (row * stride), width).Clear();
    }
}
