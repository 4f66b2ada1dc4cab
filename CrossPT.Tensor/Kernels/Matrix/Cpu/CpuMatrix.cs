using System.Runtime.CompilerServices;

namespace CrossPT.Tensors.Cpu;

/// <summary>
/// Matrix products on the CPU. Every product packs its activations into panels in the worker's own memory, block by
/// block, and leaves the rest to <see cref="Tile{TSimd, V}"/>.
/// </summary>
/// <param name="pool">The threads.</param>
/// <param name="weights">What packed weights are kept as.</param>
internal sealed unsafe partial class CpuMatrix<TSimd, V>(WorkerPool pool, DType weights) : IMatrixKernels, IDisposable
    where TSimd : struct, ISimd<V>
    where V : unmanaged
{
    /// <summary>
    /// Steps of the sum between two visits of a block of C, a multiple of 32. It fixes the order of summation, so it is
    /// the same for every thread count and path.
    /// </summary>
    private const int InnerBlock = 768;

    /// <summary>
    /// Rows of activations packed at a time, 96 for a second-level cache of 1 MB: one stretch of them and two panels of
    /// the other operand, the present and the one fetched ahead, fill half of it, for two hardware threads may share
    /// it. It does not touch the order of any sum.
    /// </summary>
    private static readonly int s_rowBlock = Math.Clamp(
        ((CpuCaches.SecondLevel / 2 / sizeof(float) / InnerBlock) - (2 * Panels.Width)) / 48 * 48, 48, 192);

    public IPackedMatrix CreatePacked(int groups, int outputs, int inputs, bool isTable = false)
    {
        KernelChecks.CreatePacked(groups, outputs, inputs);
        return new CpuPackedMatrix(groups, outputs, inputs, weights);
    }

    public IPackedMatrix Stack(IPackedMatrix weight) => ((CpuPackedMatrix)weight).Stack();

    public void Pack(Tensor rows, int firstRow, IPackedMatrix destination)
    {
        KernelChecks.Pack(rows, firstRow, destination);
        CpuPackedMatrix packed = (CpuPackedMatrix)destination;
        int count = rows.Rows;
        float* source = (float*)rows.Address;
        // Pieces end where a panel does, so that no two workers write into one cache line.
        int head = Math.Min(count, (Panels.Width - (firstRow % packed.Outputs % Panels.Width)) % Panels.Width);
        if (head > 0) packed.Write(firstRow, source, packed.Inputs, head);
        pool.Run((count - head + Panels.Width - 1) / Panels.Width, (piece, _) =>
        {
            int start = head + (piece * Panels.Width);
            packed.Write(
                firstRow + start, source + ((nint)start * packed.Inputs), packed.Inputs,
                Math.Min(Panels.Width, count - start));
        });
    }

    public void Pack(ReadOnlySpan<byte> rows, DType type, int firstRow, IPackedMatrix destination)
    {
        KernelChecks.Pack(rows.Length, type, firstRow, destination);
        CpuPackedMatrix packed = (CpuPackedMatrix)destination;
        int count = rows.Length / (type.ByteSize() * packed.Inputs);
        fixed (byte* source = rows)
        {
            if (type == DType.Float32)
            {
                packed.Write(firstRow, (float*)source, packed.Inputs, count);
                return;
            }
            float[] buffer = System.Buffers.ArrayPool<float>.Shared.Rent(Panels.Width * packed.Inputs);
            fixed (float* wide = buffer)
            {
                for (int row = 0; row < count; row += Panels.Width)
                {
                    int run = Math.Min(Panels.Width, count - row);
                    Widen(source + ((long)row * packed.Inputs * type.ByteSize()), type, wide, run * packed.Inputs);
                    packed.Write(firstRow + row, wide, packed.Inputs, run);
                }
            }
            System.Buffers.ArrayPool<float>.Shared.Return(buffer);
        }
    }

    public void Unpack(IPackedMatrix weight, int firstRow, Tensor y)
    {
        KernelChecks.Unpack(weight, firstRow, y);
        CpuPackedMatrix packed = (CpuPackedMatrix)weight;
        float* target = (float*)y.Address;
        pool.Run(y.Rows, (row, _) => packed.Read(firstRow + row, target + ((nint)row * packed.Inputs)));
    }

    public void Gather(IPackedMatrix weight, Tensor ids, Tensor y)
    {
        KernelChecks.Gather(weight, ids, y);
        IndexRange.Check(ids, 0, weight.Outputs);
        CpuPackedMatrix packed = (CpuPackedMatrix)weight;
        int* index = (int*)ids.Address;
        int rows = y.Rows;
        float* target = (float*)y.Address;
        nint stride = y.RowStride;
        const int Run = 16;
        pool.Run((rows + Run - 1) / Run, (run, _) =>
        {
            for (int row = run * Run; row < Math.Min(rows, (run + 1) * Run); row++)
                packed.Read(index[row], target + (row * stride));
        });
    }

    private static void Widen(byte* source, DType type, float* destination, int count)
    {
        switch (type)
        {
            case DType.BFloat16:
                for (int i = 0; i < count; i++)
                    destination[i] = BitConverter.Int32BitsToSingle(((ushort*)source)[i] << 16);
                break;
            case DType.Float16:
                for (int i = 0; i < count; i++) destination[i] = (float)((Half*)source)[i];
                break;
            case DType.Float64:
                for (int i = 0; i < count; i++) destination[i] = (float)((double*)source)[i];
                break;
            default:
                throw new ArgumentException($"Pack: rows of {type}, expected Float32, BFloat16, Float16 or Float64.");
        }
    }

    /// <summary>
    /// C [rows, columns] = initial + L·R for one block of rows held in panels: the loops around the register tile that
    /// every product shares.
    /// </summary>
    /// <param name="left">Panels of L, <paramref name="leftPitch"/> rows apart.</param>
    /// <param name="leftPitch">Rows from a panel of L to the next.</param>
    /// <param name="rows">Rows of L and C.</param>
    /// <param name="length">Steps of the sum.</param>
    /// <param name="right">Panels of R.</param>
    /// <param name="rightStride">Elements from a panel of R to the next.</param>
    /// <param name="columns">Columns of R and C.</param>
    /// <param name="c">First element of C.</param>
    /// <param name="stride">Elements from a row of C to the next.</param>
    /// <param name="initial">What is added; null is 0; may be C.</param>
    /// <param name="initialStride">Elements from a row of it to the next.</param>
    /// <param name="relu">Whether C is clamped at 0 in the end.</param>
    /// <param name="positive">Bits of C &gt; 0 before clamping, or null.</param>
    /// <param name="positiveStride">Bytes from a row of bits to the next.</param>
    private void MultiplyPanels(
        float* left, int leftPitch, int rows, int length, float* right, nint rightStride, int columns, float* c,
        nint stride,
        float* initial, nint initialStride, bool relu, byte* positive, nint positiveStride)
    {
        // Few rows: finish one panel of R after the other, so that R is read from memory once and in order. Many rows:
        // finish one stretch of the sum for all of R before the next, so that the rows' stretch stays in the cache.
        bool few = rows <= s_rowBlock / 2;
        if (few)
        {
            for (int column = 0; column < columns; column += Panels.Width)
                for (int inner = 0; inner < length; inner += InnerBlock)
                    Stretch(column, inner);
        }
        else
        {
            for (int inner = 0; inner < length; inner += InnerBlock)
                for (int column = 0; column < columns; column += Panels.Width)
                    Stretch(column, inner);
        }

        void Stretch(int column, int inner)
        {
            int run = Math.Min(InnerBlock, length - inner), width = Math.Min(Panels.Width, columns - column);
            bool last = inner + run == length;
            float* r = right + (column / Panels.Width * rightStride) + ((nint)inner * Panels.Width);
            nint leftPanel = (nint)leftPitch * Panels.Width;
            float* next = Next(column, inner, run);
            float* block = stackalloc float[TSimd.TileRows * Panels.Width];
            for (int row = 0; row < rows;)
            {
                int height = Tile<TSimd, V>.Height(rows - row);
                float* l = left + (inner / Panels.Width * leftPanel) + ((nint)row * Panels.Width);
                float* target = c + (row * stride) + column;
                float* start = inner > 0 ? target : initial == null ? null : initial + (row * initialStride) + column;
                nint startStride = inner > 0 ? stride : initialStride;
                // Every tile of the block fetches its share of the next stretch of R.
                nint step = Panels.Width * height / rows;
                Ahead ahead = new((nint)next, step);
                if (next != null) next += step * run;
                if (width == Panels.Width)
                {
                    Tile<TSimd, V>.Multiply(
                        l, leftPanel, r, run, target, stride, start, startStride, height, width, ahead);
                }
                else
                {
                    Tile<TSimd, V>.Multiply(l, leftPanel, r, run, block, Panels.Width, null, 0, height, width, ahead);
                    for (int i = 0; i < height; i++)
                        for (int j = 0; j < width; j++)
                            target[(i * stride) + j] =
                                (start == null ? 0 : start[(i * startStride) + j]) + block[(i * Panels.Width) + j];
                }
                if (last && relu)
                {
                    byte* bits = positive == null ? null : positive + (row * positiveStride) + (column / 8);
                    CpuElementwise<TSimd, V>.Clamp(target, stride, height, width, bits, positiveStride);
                }
                row += height;
            }
        }

        // The stretch of R after this one; nothing after the last.
        float* Next(int column, int inner, int run)
        {
            bool lastColumn = column + Panels.Width >= columns, lastInner = inner + run == length;
            if (lastColumn && lastInner) return null;
            if (few ? lastInner : !lastColumn)
                return right + (((column / Panels.Width) + 1) * rightStride) + (few ? 0 : (nint)inner * Panels.Width);
            return right + (few ? column / Panels.Width * rightStride : 0) + ((nint)(inner + run) * Panels.Width);
        }
    }

    /// <summary>
    /// Blocks of whole tiles, at most <see cref="s_rowBlock"/> rows each, as many for every worker; first row of block
    /// <paramref name="index"/>.
    /// </summary>
    private static int BlockStart(int rows, int blocks, int index)
    {
        int tiles = (rows + TSimd.TileRows - 1) / TSimd.TileRows;
        return Math.Min(rows, (int)((long)tiles * index / blocks) * TSimd.TileRows);
    }

    private int RowBlocks(int rows)
    {
        int blocks = (rows + s_rowBlock - 1) / s_rowBlock;
        return blocks <= 1 ? 1 : (blocks + pool.Count - 1) / pool.Count * pool.Count;
    }
}
