using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>Rows of frozen weights to and from tensors. A thread group takes a row.</summary>
internal static class PackedRowKernels
{
    /// <summary>y[i] = row ids[i] of the source, or row i where there are no ids.</summary>
    public static void Copy(ArrayView<float> source, int stride, ArrayView<int> ids, ArrayView<float> y, int yStride, int columns, int vectors)
    {
        Line from = new(source, Row(ids) * stride, columns, vectors), to = new(y, (long)Grid.IdxX * yStride, columns, vectors);
        for (int c = 4 * Group.IdxX; c < columns; c += 4 * Group.DimX) to.Store(c, from.Load(c));
    }

    /// <summary>Like <see cref="Copy"/> from rows of bf16, <paramref name="octets"/> 16-byte words each.</summary>
    public static void Widen(ArrayView<Int4> source, int octets, ArrayView<int> ids, ArrayView<float> y, int yStride, int columns, int vectors)
    {
        long start = Row(ids) * octets;
        Line to = new(y, (long)Grid.IdxX * yStride, columns, vectors);
        for (int i = Group.IdxX; i < octets; i += Group.DimX)
        {
            Int4 word = source[start + i];
            to.Store(8 * i, new Float4(Low(word.X), High(word.X), Low(word.Y), High(word.Y)));
            to.Store((8 * i) + 4, new Float4(Low(word.Z), High(word.Z), Low(word.W), High(word.W)));
        }
    }

    private static long Row(ArrayView<int> ids) => ids.Length > 0 ? ids[Grid.IdxX] : Grid.IdxX;

    private static float Low(int pair) => Interop.IntAsFloat((uint)pair << 16);

    private static float High(int pair) => Interop.IntAsFloat((uint)pair & 0xFFFF0000);
}
