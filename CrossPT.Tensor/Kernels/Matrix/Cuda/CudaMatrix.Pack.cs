using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <content>Weights into their rows and out again.</content>
internal sealed partial class CudaMatrix
{
    /// <summary>Bytes of packed rows made on the host at a time.</summary>
    private const int PieceBytes = 4 << 20;

    private Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, ArrayView<int>, ArrayView<float>, int, int, int>? _copy;
    private Action<AcceleratorStream, KernelConfig, ArrayView<Int4>, int, ArrayView<int>, ArrayView<float>, int, int, int>? _widen;

    public void Pack(Tensor rows, int firstRow, IPackedMatrix destination)
    {
        CudaPackedMatrix w = Own("Pack", destination);
        KernelChecks.Pack(rows, firstRow, w);
        if (rows.Rows == 0) return;
        if (w.IsBFloat16) _tensorCores.Round(rows, null, Words(w, firstRow, rows.Rows), 1, w.Inputs);
        else Copy(launcher.Floats(rows), rows.RowStride, null, Singles(w, firstRow, rows.Rows), w.Pitch, rows.Rows, w.Inputs, Launcher.Vectors(rows));
    }

    public void Pack(ReadOnlySpan<byte> rows, DType type, int firstRow, IPackedMatrix destination)
    {
        CudaPackedMatrix w = Own("Pack", destination);
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
        CudaPackedMatrix w = Own("Unpack", weight);
        KernelChecks.Unpack(weight, firstRow, y);
        if (y.Rows == 0) return;
        FromRows(w, firstRow, y.Rows, null, y);
    }

    public void Gather(IPackedMatrix weight, Tensor ids, Tensor y)
    {
        CudaPackedMatrix w = Own("Gather", weight);
        KernelChecks.Gather(weight, ids, y);
        if (y.Rows > 0) FromRows(w, 0, w.Groups * w.Outputs, ids, y);
    }

    private void FromRows(CudaPackedMatrix weight, int firstRow, int rows, Tensor? ids, Tensor y)
    {
        if (!weight.IsBFloat16)
        {
            Copy(Singles(weight, firstRow, rows), weight.Pitch, ids, launcher.Floats(y), y.RowStride, y.Rows, weight.Inputs, Launcher.Vectors(y));
            return;
        }
        (_widen ??= launcher.Load<ArrayView<Int4>, int, ArrayView<int>, ArrayView<float>, int, int, int>(PackedRowKernels.Widen))(
            launcher.Stream, launcher.PerRow(y.Rows, weight.Pitch / 8), Words(weight, firstRow, rows), weight.Pitch / 8, launcher.Ints(ids), launcher.Floats(y),
            y.RowStride, weight.Inputs, Launcher.Vectors(y));
    }

    private void Copy(ArrayView<float> source, int sourceStride, Tensor? ids, ArrayView<float> target, int targetStride, int rows, int columns, int vectors)
        => (_copy ??= launcher.Load<ArrayView<float>, int, ArrayView<int>, ArrayView<float>, int, int, int>(PackedRowKernels.Copy))(
            launcher.Stream, launcher.PerRow(rows, (columns + 3) / 4), source, sourceStride, launcher.Ints(ids), target, targetStride, columns, vectors);

    /// <summary>Rows of a weight in float32: each begins on a 16-byte boundary.</summary>
    private ArrayView<float> Singles(CudaPackedMatrix weight, int firstRow, int rows)
        => launcher.At<float>(weight.Address + ((nint)firstRow * weight.Pitch * sizeof(float)), (long)rows * weight.Pitch);

    /// <summary>Rows of a weight in bf16, eight elements a word.</summary>
    private ArrayView<Int4> Words(CudaPackedMatrix weight, int firstRow, int rows)
        => launcher.At<Int4>(weight.Address + ((nint)firstRow * weight.Pitch * sizeof(ushort)), (long)rows * weight.Pitch / 8);

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
