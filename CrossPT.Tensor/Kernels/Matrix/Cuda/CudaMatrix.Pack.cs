using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <content>Weights into their rows and out again.</content>
internal sealed partial class CudaMatrix
{
    /// <summary>Bytes of packed rows made on the host at a time.</summary>
    private const int PieceBytes = 4 << 20;

    private readonly Kernel<CopyArgs> _copy = new(launcher, PackedRowKernels.Copy);
    private readonly Kernel<WidenArgs> _widen = new(launcher, PackedRowKernels.Widen);

    public void Pack(Tensor rows, int firstRow, IPackedMatrix destination)
    {
        CudaPackedMatrix w = Own("Pack", destination);
        KernelChecks.Pack(rows, firstRow, w);
        if (rows.Rows == 0) return;
        if (w.IsBFloat16)
        {
            _tensorCores.Round(rows, null, Words(w, firstRow, rows.Rows), 1, w.Inputs, w.IsSplit);
            return;
        }
        Copy(rows.Rows, new(
            launcher.Floats(rows), Singles(w, firstRow, rows.Rows), ArrayView<int>.Empty, rows.RowStride, w.Pitch,
            w.Inputs,
            Launcher.Vectors(rows)));
    }

    public void Pack(ReadOnlySpan<byte> rows, DType type, int firstRow, IPackedMatrix destination)
    {
        CudaPackedMatrix w = Own("Pack", destination);
        int count = KernelChecks.Pack(rows.Length, type, firstRow, w);
        int rowBytes = w.Inputs * type.ByteSize();
        int packedBytes = w.Pitch * w.ElementBytes;
        int piece = Math.Clamp(PieceBytes / packedBytes, 1, Math.Max(1, count));
        byte[] buffer = ArrayPool<byte>.Shared.Rent(checked(piece * packedBytes));
        try
        {
            for (int row = 0; row < count; row += piece)
            {
                int run = Math.Min(piece, count - row);
                Span<byte> packed = buffer.AsSpan(0, run * packedBytes);
                packed.Clear();
                for (int i = 0; i < run; i++)
                {
                    ReadOnlySpan<byte> source = rows.Slice((row + i) * rowBytes, rowBytes);
                    Encode(source, type, packed.Slice(i * packedBytes, packedBytes), w);
                }
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
        ArrayView<float> target = launcher.Floats(y);
        ArrayView<int> indices = launcher.Ints(ids);
        int vectors = Launcher.Vectors(y);
        if (weight.IsBFloat16)
        {
            int octets = weight.Width / 8;
            ArrayView<Int4> words = Words(weight, firstRow, rows);
            WidenArgs args = new(
                words, target, indices, octets, weight.Pitch / 8, y.RowStride, weight.Inputs, vectors);
            _widen.Launch(launcher.PerRow(y.Rows, octets), args);
            return;
        }
        ArrayView<float> source = Singles(weight, firstRow, rows);
        Copy(y.Rows, new(source, target, indices, weight.Pitch, y.RowStride, weight.Inputs, vectors));
    }

    private void Copy(int rows, CopyArgs args) => _copy.Launch(launcher.PerRow(rows, (args.Columns + 3) / 4), args);

    /// <summary>Rows of a weight in float32: each begins on a 16-byte boundary.</summary>
    private ArrayView<float> Singles(CudaPackedMatrix weight, int firstRow, int rows)
        => launcher.At<float>(
            weight.Address + ((nint)firstRow * weight.Pitch * sizeof(float)), (long)rows * weight.Pitch);

    /// <summary>Rows of a weight in bf16, eight elements a word.</summary>
    private ArrayView<Int4> Words(CudaPackedMatrix weight, int firstRow, int rows)
        => launcher.At<Int4>(
            weight.Address + ((nint)firstRow * weight.Pitch * sizeof(ushort)), (long)rows * weight.Pitch / 8);

    private static void Encode(ReadOnlySpan<byte> row, DType type, Span<byte> packed, CudaPackedMatrix weight)
    {
        if (type == (weight.IsBFloat16 ? DType.BFloat16 : DType.Float32))
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
            if (!weight.IsBFloat16)
            {
                singles[i] = value;
                continue;
            }
            halves[i] = BFloat16.Round(value);
            if (weight.IsSplit) halves[weight.Width + i] = BFloat16.Round(value - BFloat16.Widen(halves[i]));
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
