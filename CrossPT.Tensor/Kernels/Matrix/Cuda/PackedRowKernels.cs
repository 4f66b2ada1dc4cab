using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>Rows of frozen weights to and from tensors. A thread group takes a row.</summary>
internal static class PackedRowKernels
{
    /// <summary>y[i] = row ids[i] of the source, or row i where there are no ids.</summary>
    public static void Copy(CopyArgs args)
    {
        Line from = new(args.Source, Row(args.Ids) * args.Stride, args.Columns, args.Vectors);
        Line to = new(args.Y, (long)Grid.IdxX * args.YStride, args.Columns, args.Vectors);
        for (int c = 4 * Group.IdxX; c < args.Columns; c += 4 * Group.DimX) to.Store(c, from.Load(c));
    }

    /// <summary>Like <see cref="Copy"/> from rows of bf16, eight elements a word.</summary>
    public static void Widen(WidenArgs args)
    {
        long start = Row(args.Ids) * args.Octets;
        Line to = new(args.Y, (long)Grid.IdxX * args.YStride, args.Columns, args.Vectors);
        for (int i = Group.IdxX; i < args.Octets; i += Group.DimX)
        {
            Int4 word = args.Source[start + i];
            to.Store(8 * i, new Float4(Low(word.X), High(word.X), Low(word.Y), High(word.Y)));
            to.Store((8 * i) + 4, new Float4(Low(word.Z), High(word.Z), Low(word.W), High(word.W)));
        }
    }

    private static long Row(ArrayView<int> ids) => ids.Length > 0 ? ids[Grid.IdxX] : Grid.IdxX;

    private static float Low(int pair) => Interop.IntAsFloat((uint)pair << 16);

    private static float High(int pair) => Interop.IntAsFloat((uint)pair & 0xFFFF0000);
}

internal readonly record struct CopyArgs(
    ArrayView<float> Source, ArrayView<float> Y, ArrayView<int> Ids, int Stride, int YStride, int Columns, int Vectors);

internal readonly record struct WidenArgs(
    ArrayView<Int4> Source, ArrayView<float> Y, ArrayView<int> Ids, int Octets, int YStride, int Columns, int Vectors);
