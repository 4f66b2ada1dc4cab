namespace CrossPT.Tensors.Cpu;

internal sealed unsafe partial class CpuMatrix<TSimd, V>
{
    /// <summary>
    /// Bytes of a weight widened at a time: with the rows that pass by they stay in a second-level cache of 1 MB.
    /// </summary>
    private const int WidenedBytes = 256 << 10;

    /// <summary>
    /// Rows up to which a weight is widened chunk by chunk. More rows would not stay in the cache beside a chunk, and
    /// are so much work that widening the whole weight before it costs little.
    /// </summary>
    private const int MostChunkedRows = 384;

    /// <summary>Bytes, in 16 bits, of the largest weight that is widened whole.</summary>
    private const long LargestWidened = 16L << 20;

    private readonly Scratch _leftPanels = new();
    private readonly Scratch _widened = new();

    /// <summary>
    /// Y = X·Wᵀ of a weight in 16 bits. X is packed once for all workers; each widens some panels of W in its own
    /// memory and multiplies all rows by them. The bits are those of the same weight in float32.
    /// </summary>
    private void LinearNarrow(
        Tensor x, CpuPackedMatrix w, Tensor y, float* initial, nint initialStride, bool relu, byte* bits,
        nint bitStride)
    {
        int rows = x.Rows, pitch = Panels.Pitch(rows), blocks = RowBlocks(rows);
        float* source = (float*)x.Address, target = (float*)y.Address;
        nint sourceStride = x.RowStride, stride = y.RowStride;
        nint groupSize = (nint)Panels.Count(w.Inputs) * pitch * Panels.Width;
        float* packed = _leftPanels.Floats(w.Groups * groupSize);
        pool.Run(w.Groups * blocks, (task, _) =>
        {
            int group = task / blocks, block = task % blocks;
            int first = BlockStart(rows, blocks, block), count = BlockStart(rows, blocks, block + 1) - first;
            if (count == 0) return;
            Panels.Pack(
                source + (first * sourceStride) + ((nint)group * w.Inputs), sourceStride, count, w.Inputs,
                packed + (group * groupSize) + ((nint)first * Panels.Width), pitch);
        });

        int most = Math.Max(1, (int)(WidenedBytes / sizeof(float) / w.PanelStride));
        int wanted = Math.Max(Shares(w.Groups), (w.PanelsPerGroup + most - 1) / most);
        int chunks = Math.Min(w.PanelsPerGroup, wanted);
        pool.Run(w.Groups * chunks, (task, worker) =>
        {
            int group = task / chunks, chunk = task % chunks;
            int panel = (int)((long)w.PanelsPerGroup * chunk / chunks);
            int panelEnd = (int)((long)w.PanelsPerGroup * (chunk + 1) / chunks);
            float* wide = pool.Scratch(worker).Floats((panelEnd - panel) * w.PanelStride);
            w.Widen(group, panel, panelEnd - panel, wide);
            int column = panel * Panels.Width, columns = Math.Min(w.Outputs, panelEnd * Panels.Width) - column;
            nint offset = ((nint)group * w.Outputs) + column;
            for (int block = 0; block < blocks; block++)
            {
                int first = BlockStart(rows, blocks, block), count = BlockStart(rows, blocks, block + 1) - first;
                if (count == 0) continue;
                MultiplyPanels(
                    packed + (group * groupSize) + ((nint)first * Panels.Width), pitch, count, w.Inputs, wide,
                    w.PanelStride, columns, target + (first * stride) + offset, stride,
                    initial == null ? null : initial + (first * initialStride) + offset, initialStride, relu,
                    bits == null ? null : bits + (first * bitStride) + (column / 8), bitStride);
            }
        });
    }

    /// <summary>
    /// All panels of a weight in float32: of one in 16 bits widened here, until the next call.
    /// </summary>
    private float* PanelsOf(CpuPackedMatrix w)
    {
        if (w.Type == DType.Float32) return w.Panel(0, 0);
        float* wide = _widened.Floats(w.Groups * w.PanelsPerGroup * w.PanelStride);
        pool.Run(w.Groups * w.PanelsPerGroup, (panel, _) =>
        {
            (int group, int place) = Math.DivRem(panel, w.PanelsPerGroup);
            w.Widen(group, place, 1, wide + (panel * w.PanelStride));
        });
        return wide;
    }
}
