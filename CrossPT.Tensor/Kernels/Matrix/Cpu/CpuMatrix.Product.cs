namespace CrossPT.Tensors.Cpu;

internal sealed unsafe partial class CpuMatrix<TSimd, V>
{
    private readonly Scratch _rightPanels = new();

    public void Product(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate = false)
    {
        KernelChecks.Product(a, transposeA, b, transposeB, c);
        int rows = c.Rows, columns = c.Columns, length = transposeA ? a.Rows : a.Columns;
        if (rows == 0 || columns == 0) return;
        float* left = (float*)a.Address, right = (float*)b.Address, target = (float*)c.Address;
        nint leftStride = a.RowStride, rightStride = b.RowStride, stride = c.RowStride;

        int panelCount = Panels.Count(columns);
        nint panelSize = (nint)Math.Max(1, length) * Panels.Width;
        float* panels = _rightPanels.Floats(panelCount * panelSize);
        pool.Run(panelCount, (panel, _) =>
        {
            int column = panel * Panels.Width, width = Math.Min(Panels.Width, columns - column);
            if (transposeB)
                Panels.PackTransposed(
                    right + (column * rightStride), rightStride, width, length, panels + (panel * panelSize), length);
            else Panels.Pack(right + column, rightStride, length, width, panels + (panel * panelSize), length);
        });

        int blocks = RowBlocks(rows);
        int shares = blocks > 1 ? 1 : Math.Min(panelCount, Shares(1));
        pool.Run(blocks * shares, (task, worker) =>
        {
            int share = task % shares, block = task / shares;
            int first = BlockStart(rows, blocks, block), count = BlockStart(rows, blocks, block + 1) - first;
            int panel = (int)((long)panelCount * share / shares);
            int panelEnd = (int)((long)panelCount * (share + 1) / shares);
            if (count == 0 || panel == panelEnd) return;
            int pitch = Panels.Pitch(count), column = panel * Panels.Width;
            float* packed = pool.Scratch(worker).Floats((long)Panels.Count(length) * pitch * Panels.Width);
            if (transposeA) Panels.PackTransposed(left + first, leftStride, length, count, packed, pitch);
            else Panels.Pack(left + (first * leftStride), leftStride, count, length, packed, pitch);
            float* result = target + (first * stride) + column;
            if (length == 0)
            {
                if (!accumulate)
                    for (int row = 0; row < count; row++)
                        new Span<float>(result + (row * stride), Math.Min(columns, panelEnd * Panels.Width) - column)
                            .Clear();
                return;
            }
            MultiplyPanels(
                packed, pitch, count, length, panels + (panel * panelSize), panelSize,
                Math.Min(columns, panelEnd * Panels.Width) - column,
                result, stride, accumulate ? result : null, stride, relu: false, null, 0);
        });
    }

    /// <summary>Gives the shared panels back.</summary>
    public void Dispose()
    {
        _rightPanels.Dispose();
        _leftPanels.Dispose();
        _widened.Dispose();
    }
}
