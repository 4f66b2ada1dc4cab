namespace CrossPT.Tensors.Cpu;

internal sealed unsafe partial class CpuMatrix<TSimd, V>
{
    /// <summary>Inputs of the weight worked on at a time: what bounds the transposed result a worker holds.</summary>
    private const int InputBlock = 768;

    /// <summary>Floats of packed dY a worker holds at most, unless one panel of rows needs more.</summary>
    private const int PackedLimit = 2 << 20;

    public void LinearTransposed(
        Tensor dy, IPackedMatrix weight, Tensor dx, bool accumulate = false, Tensor? positive = null,
        Tensor? wanted = null)
    {
        KernelChecks.LinearTransposed(dy, weight, dx, positive, wanted);
        CpuPackedMatrix w = (CpuPackedMatrix)weight;
        int rows = dy.Rows;
        if (rows == 0) return;
        float* weights = PanelsOf(w);
        float* source = (float*)dy.Address, target = (float*)dx.Address;
        nint stride = dx.RowStride, sourceStride = dy.RowStride;
        byte* bits = positive is null ? null : (byte*)positive.Address;
        nint bitStride = positive?.RowStride ?? 0;

        int rowPanels = Panels.Count(rows);
        int perBlock = Math.Clamp(PackedLimit / (w.Outputs * Panels.Width), 1, s_rowBlock / Panels.Width);
        int blocks = (rowPanels + perBlock - 1) / perBlock;
        if (rowPanels > pool.Count)
            blocks = Math.Min(rowPanels, (Math.Max(blocks, 1) + pool.Count - 1) / pool.Count * pool.Count);
        // With few rows the workers share the inputs instead, in whole tiles.
        int tiles = (w.Inputs + TSimd.TileRows - 1) / TSimd.TileRows;
        int shares = blocks >= pool.Count
            ? 1
            : Math.Min(tiles, (pool.Count + (blocks * w.Groups) - 1) / (blocks * w.Groups));
        pool.Run(w.Groups * blocks * shares, (task, worker) =>
        {
            int share = task % shares, block = task / shares % blocks, group = task / (shares * blocks);
            int panel = (int)((long)rowPanels * block / blocks);
            int panels = (int)((long)rowPanels * (block + 1) / blocks) - panel;
            int first = panel * Panels.Width, count = Math.Min(rows, (panel + panels) * Panels.Width) - first;
            int input = (int)((long)tiles * share / shares) * TSimd.TileRows;
            int inputEnd = Math.Min(w.Inputs, (int)((long)tiles * (share + 1) / shares) * TSimd.TileRows);
            if (panels == 0 || input == inputEnd) return;

            int resultRows = Math.Min(InputBlock, inputEnd - input);
            long packedSize = (long)panels * w.Outputs * Panels.Width;
            long resultSize = (long)panels * resultRows * Panels.Width;
            float* packed = pool.Scratch(worker).Floats(packedSize + resultSize + (32L * w.Outputs));
            float* result = packed + packedSize, masked = result + resultSize;
            float* ofGroup = weights + (group * w.PanelsPerGroup * w.PanelStride);
            float* rowsOfDy = source + (first * sourceStride) + ((nint)group * w.Outputs);
            if (bits == null) Panels.PackTransposed(rowsOfDy, sourceStride, count, w.Outputs, packed, w.Outputs);
            else
                PackMasked(
                    rowsOfDy, sourceStride, bits + (first * bitStride), bitStride, count, w.Outputs, packed, masked);

            for (; input < inputEnd; input += InputBlock)
            {
                int inputs = Math.Min(InputBlock, inputEnd - input);
                MultiplyTransposed(w, ofGroup, input, inputs, packed, count, result);
                Panels.UnpackTransposed(
                    result, inputs, target + (first * stride) + ((nint)group * w.Inputs) + input, stride, count, inputs,
                    accumulate);
            }
        });
    }

    /// <summary>result = Wᵀ·dYᵀ for some inputs: panels of 32 rows of dY, [inputs, 32] each.</summary>
    private static void MultiplyTransposed(
        CpuPackedMatrix w, float* ofGroup, int input, int inputs, float* packed, int count, float* result)
    {
        for (int inner = 0; inner < w.Outputs; inner += InnerBlock)
        {
            int run = Math.Min(InnerBlock, w.Outputs - inner);
            float* left = ofGroup + (inner / Panels.Width * w.PanelStride) + ((nint)input * Panels.Width);
            int rowPanels = Panels.Count(count);
            for (int tile = 0; tile < inputs;)
            {
                int height = Tile<TSimd, V>.Height(inputs - tile);
                float* next = tile + height < inputs ? left + ((nint)(tile + height) * Panels.Width)
                    : inner + run < w.Outputs ? left + (run / Panels.Width * w.PanelStride) : null;
                for (int row = 0; row < count; row += Panels.Width)
                {
                    float* right = packed + ((nint)row * w.Outputs) + ((nint)inner * Panels.Width);
                    float* block = result + ((nint)row * inputs) + ((nint)tile * Panels.Width);
                    // Every panel of rows fetches its share of the weight's next tile.
                    nint step = height / rowPanels;
                    Ahead ahead = next == null
                        ? default
                        : new((nint)(next + (row * step)), step, w.PanelStride - (Panels.Width * step));
                    Tile<TSimd, V>.Multiply(
                        left + ((nint)tile * Panels.Width), w.PanelStride, right, run, block, Panels.Width,
                        inner > 0 ? block : null, Panels.Width,
                        height, Math.Min(Panels.Width, count - row), ahead);
                }
                tile += height;
            }
        }
    }

    /// <summary><see cref="Panels.PackTransposed"/> of dY with zeros where the bit of the ReLU is clear.</summary>
    private static void PackMasked(
        float* dy, nint stride, byte* bits, nint bitStride, int rows, int columns, float* packed, float* masked)
    {
        for (int row = 0; row < rows; row += Panels.Width)
        {
            int count = Math.Min(Panels.Width, rows - row);
            for (int i = 0; i < count; i++)
                CpuElementwise<TSimd, V>.Mask(
                    dy + ((row + i) * stride), bits + ((row + i) * bitStride), masked + ((nint)i * columns), columns);
            Panels.PackTransposed(masked, columns, count, columns, packed + ((nint)row * columns), columns);
        }
    }
}
