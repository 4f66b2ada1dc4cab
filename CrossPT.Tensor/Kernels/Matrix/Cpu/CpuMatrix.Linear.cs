namespace CrossPT.Tensors.Cpu;

internal sealed unsafe partial class CpuMatrix<TSimd, V>
{
    public void Linear(
        Tensor x, IPackedMatrix weight, Tensor y, Tensor? residual = null, bool relu = false, Tensor? positive = null)
    {
        KernelChecks.Linear(x, weight, y, residual, relu, positive);
        CpuPackedMatrix w = (CpuPackedMatrix)weight;
        int rows = x.Rows;
        if (rows == 0) return;
        float* source = (float*)x.Address;
        float* target = (float*)y.Address;
        float* initial = residual is null ? null : (float*)residual.Address;
        nint stride = y.RowStride, sourceStride = x.RowStride, initialStride = residual?.RowStride ?? 0;
        byte* bits = positive is null ? null : (byte*)positive.Address;
        nint bitStride = positive?.RowStride ?? 0;
        relu |= positive is not null;
        bool isChunked = w.Type != DType.Float32 && (rows <= MostChunkedRows || w.ByteLength > LargestWidened);
        if (isChunked)
        {
            LinearNarrow(x, w, y, initial, initialStride, relu, bits, bitStride);
            return;
        }

        float* weights = PanelsOf(w);
        int blocks = RowBlocks(rows);
        // With few rows the workers share the outputs instead, each packing the same rows for itself.
        int shares = blocks > 1 ? 1 : Math.Min(w.PanelsPerGroup, Shares(w.Groups));
        pool.Run(w.Groups * blocks * shares, (task, worker) =>
        {
            int share = task % shares, block = task / shares % blocks, group = task / (shares * blocks);
            int first = BlockStart(rows, blocks, block), count = BlockStart(rows, blocks, block + 1) - first;
            int panel = (int)((long)w.PanelsPerGroup * share / shares);
            int panelEnd = (int)((long)w.PanelsPerGroup * (share + 1) / shares);
            if (count == 0 || panel == panelEnd) return;
            int pitch = Panels.Pitch(count);
            int column = panel * Panels.Width;
            int columns = Math.Min(w.Outputs, panelEnd * Panels.Width) - column;
            float* packed = pool.Scratch(worker).Floats((long)Panels.Count(w.Inputs) * pitch * Panels.Width);
            Panels.Pack(
                source + (first * sourceStride) + ((nint)group * w.Inputs), sourceStride, count, w.Inputs, packed,
                pitch);
            nint offset = ((nint)group * w.Outputs) + column;
            MultiplyPanels(
                packed, pitch, count, w.Inputs, weights + (((group * w.PanelsPerGroup) + panel) * w.PanelStride),
                w.PanelStride, columns,
                target + (first * stride) + offset, stride,
                initial == null ? null : initial + (first * initialStride) + offset, initialStride,
                relu, bits == null ? null : bits + (first * bitStride) + (column / 8), bitStride);
        });
    }

    /// <summary>
    /// Pieces for the workers to share: two each, so that one who was held up does not keep the others waiting.
    /// </summary>
    private int Shares(int groups) => pool.Count == 1 ? 1 : Math.Max(1, 2 * pool.Count / groups);
}
