using System.Buffers;
using System.Runtime.InteropServices;

namespace CrossPT.Tensors.Files;

/// <summary>The elements of a tensor as a file stores them.</summary>
internal static class TensorBytes
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>
    /// Writes a tensor row by row in the type asked for, a piece at a time so that no second copy of it is ever whole.
    /// </summary>
    public static void Write(Tensor tensor, DType type, Stream stream)
    {
        if (tensor.Length == 0) return;
        int size = tensor.DType.ByteSize();
        int step = tensor.IsContiguous
            ? Math.Min(ChunkBytes / size, (int)Math.Min(tensor.Length, int.MaxValue))
            : tensor.Columns;
        byte[] own = ArrayPool<byte>.Shared.Rent(step * size);
        byte[] stored = ArrayPool<byte>.Shared.Rent(step * type.ByteSize());
        using Tensor source = tensor.IsContiguous ? tensor.Reshape(checked((int)tensor.Length)) : tensor.Share();
        for (long start = 0; start < tensor.Length; start += step)
        {
            int count = (int)Math.Min(step, tensor.Length - start);
            using Tensor part = tensor.IsContiguous
                ? source.Slice((int)start, count)
                : source.Slice((int)(start / step), 1);
            Span<byte> bytes = own.AsSpan(0, count * size);
            tensor.Backend.CopyToHost(part, bytes);
            if (type == tensor.DType)
            {
                stream.Write(bytes);
                continue;
            }
            Span<byte> converted = stored.AsSpan(0, count * type.ByteSize());
            Convert(tensor.DType, bytes, type, converted);
            stream.Write(converted);
        }
        ArrayPool<byte>.Shared.Return(own);
        ArrayPool<byte>.Shared.Return(stored);
    }

    private static void Convert(DType from, ReadOnlySpan<byte> source, DType to, Span<byte> destination)
    {
        if (from == DType.Float64)
        {
            Elements.FromDoubles(MemoryMarshal.Cast<byte, double>(source), to, destination);
            return;
        }
        int count = source.Length / from.ByteSize();
        float[] singles = ArrayPool<float>.Shared.Rent(count);
        Elements.ToSingles(from, source, singles.AsSpan(0, count));
        Elements.FromSingles(singles.AsSpan(0, count), to, destination);
        ArrayPool<float>.Shared.Return(singles);
    }
}
