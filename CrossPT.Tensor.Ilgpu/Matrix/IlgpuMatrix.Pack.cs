using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Ilgpu;

/// <content>Weights into their rows and out again.</content>
internal sealed partial class IlgpuMatrix
{
    /// <summary>Bytes of packed rows made on the host at a time.</summary>
    private const int PieceBytes = 4 << 20;

    private Action<AcceleratorStream, KernelConfig, ArrayView<float>, long, int, ArrayView<float>, long, int, int>? _copy;
    private Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, ArrayView<ushort>, long, int, int>? _round;
    private Action<AcceleratorStream, KernelConfig, ArrayView<ushort>, long, int, ArrayView<float>, int, int>? _widen;
    private Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, ArrayView<int>, ArrayView<float>, int, int>? _gather;
    private Action<AcceleratorStream, KernelConfig, ArrayView<ushort>, int, ArrayView<int>, ArrayView<float>, int, int>? _gatherWidened;

    public void Pack(Tensor rows, int firstRow, IPackedMatrix destination)
    {
        IlgpuPackedMatrix w = Own("Pack", destination);
        KernelChecks.Pack(rows, firstRow, w);
        if (rows.Rows == 0) return;
        if (w.IsBFloat16)
        {
            (_round ??= launcher.Load<ArrayView<float>, int, ArrayView<ushort>, long, int, int>(PackedRowKernels.Round))(
                launcher.Stream, launcher.PerRow(rows.Rows, w.Pitch), launcher.Floats(rows), rows.RowStride, Halves(w), firstRow, w.Pitch, w.Inputs);
            return;
        }
        Copy(launcher.Floats(rows), 0, rows.RowStride, Singles(w), firstRow, w.Pitch, w.Inputs, rows.Rows);
    }

    public void Pack(ReadOnlySpan<byte> rows, DType type, int firstRow, IPackedMatrix destination)
    {
        IlgpuPackedMatrix w = Own("Pack", destination);
        int count = KernelChecks.Pack(rows.Length, type, firstRow, w), rowBytes = w.Inputs * type.ByteSize(), packedBytes = w.Pitch * w.ElementBytes;
        int piece = Math.Clamp(PieceBytes / packedBytes, 1, Math.Max(1, count));
        byte[] buffer = ArrayPool<byte>.Shared.Rent(checked(piece * packedBytes));
        try
        {
            for (int row = 0; row < count; row += piece)
            {
                int run = Math.Min(piece, count - row);
                Span<byte> packed = buffer.AsSpan(0, run * packedBytes);
                packed.Clear();
                for (int i = 0; i < run; i++) Encode(rows.Slice((row + i) * rowBytes, rowBytes), type, packed.Slice(i * packedBytes, packedBytes), w.IsBFloat16);
                backend.Upload(packed, w.Address + ((nint)(firstRow + row) * packedBytes));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void Unpack(IPackedMatrix weight, int firstRow, Tensor y)
    {
        IlgpuPackedMatrix w = Own("Unpack", weight);
        KernelChecks.Unpack(weight, firstRow, y);
        if (y.Rows == 0) return;
        if (w.IsBFloat16)
        {
            (_widen ??= launcher.Load<ArrayView<ushort>, long, int, ArrayView<float>, int, int>(PackedRowKernels.Widen))(
                launcher.Stream, launcher.PerRow(y.Rows, w.Inputs), Halves(w), firstRow, w.Pitch, launcher.Floats(y), y.RowStride, w.Inputs);
            return;
        }
        Copy(Singles(w), firstRow, w.Pitch, launcher.Floats(y), 0, y.RowStride, w.Inputs, y.Rows);
    }

    public void Gather(IPackedMatrix weight, Tensor ids, Tensor y)
    {
        IlgpuPackedMatrix w = Own("Gather", weight);
        KernelChecks.Gather(weight, ids, y);
        if (y.Rows == 0) return;
        KernelConfig grid = launcher.PerRow(y.Rows, w.Inputs);
        if (w.IsBFloat16)
        {
            (_gatherWidened ??= launcher.Load<ArrayView<ushort>, int, ArrayView<int>, ArrayView<float>, int, int>(PackedRowKernels.GatherWidened))(
                launcher.Stream, grid, Halves(w), w.Pitch, launcher.Ints(ids), launcher.Floats(y), y.RowStride, w.Inputs);
            return;
        }
        (_gather ??= launcher.Load<ArrayView<float>, int, ArrayView<int>, ArrayView<float>, int, int>(PackedRowKernels.Gather))(
            launcher.Stream, grid, Singles(w), w.Pitch, launcher.Ints(ids), launcher.Floats(y), y.RowStride, w.Inputs);
    }

    private void Copy(ArrayView<float> source, long firstSource, int sourceStride, ArrayView<float> target, long firstTarget, int targetStride, int columns, int rows)
        => (_copy ??= launcher.Load<ArrayView<float>, long, int, ArrayView<float>, long, int, int>(PackedRowKernels.Copy))(
            launcher.Stream, launcher.PerRow(rows, columns), source, firstSource, sourceStride, target, firstTarget, targetStride, columns);

    private ArrayView<float> Singles(IlgpuPackedMatrix weight) => launcher.At<float>(weight.Address, weight.Elements);

    private ArrayView<ushort> Halves(IlgpuPackedMatrix weight) => launcher.At<ushort>(weight.Address, weight.Elements);

    private static void Encode(ReadOnlySpan<byte> row, DType type, Span<byte> packed, bool isBFloat16)
    {
        if (isBFloat16 && type == DType.BFloat16 || !isBFloat16 && type == DType.Float32)
        {
            row.CopyTo(packed);
            return;
        }
        int size = type.ByteSize(), count = row.Length / size;
        Span<float> singles = MemoryMarshal.Cast<byte, float>(packed);
        Span<ushort> halves = MemoryMarshal.Cast<byte, ushort>(packed);
        for (int i = 0; i < count; i++)
        {
            float value = Read(row.Slice(i * size, size), type);
            if (isBFloat16) halves[i] = BFloat16.Round(value);
            else singles[i] = value;
        }
    }

    private static float Read(ReadOnlySpan<byte> bytes, DType type) => type switch
    {
        DType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        DType.Float64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        DType.Float16 => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        DType.BFloat16 => BFloat16.Widen(BinaryPrimitives.ReadUInt16LittleEndian(bytes)),
        _ => throw new ArgumentException($"Pack: rows of {type}, expected Float32, BFloat16, Float16 or Float64."),
    };
}
