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

    /// <summary>
    /// Like <see cref="Copy"/> from rows of bf16, eight elements a word, or from split rows: both parts added up.
    /// </summary>
    public static void Widen(WidenArgs args)
    {
        long start = Row(args.Ids) * args.Words;
        Line to = new(args.Y, (long)Grid.IdxX * args.YStride, args.Columns, args.Vectors);
        for (int i = Group.IdxX; i < args.Octets; i += Group.DimX)
        {
            Int4 word = args.Source[start + i];
            Float4 low = BFloat16.Widen(word.X, word.Y), high = BFloat16.Widen(word.Z, word.W);
            if (args.Words > args.Octets)
            {
                Int4 rest = args.Source[start + args.Octets + i];
                low += BFloat16.Widen(rest.X, rest.Y);
                high += BFloat16.Widen(rest.Z, rest.W);
            }
            to.Store(8 * i, low);
            to.Store((8 * i) + 4, high);
        }
    }

    private static long Row(ArrayView<int> ids) => ids.Length > 0 ? ids[Grid.IdxX] : Grid.IdxX;
}

internal readonly record struct CopyArgs(
    ArrayView<float> Source, ArrayView<float> Y, ArrayView<int> Ids, int Stride, int YStride, int Columns, int Vectors);

internal readonly record struct WidenArgs(
    ArrayView<Int4> Source, ArrayView<float> Y, ArrayView<int> Ids, int Octets, int Words, int YStride, int Columns,
    int Vectors);
