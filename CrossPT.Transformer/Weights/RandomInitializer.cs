using System.Runtime.InteropServices;
using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>Normally distributed weights. Element i of part p is a function of (seed, p, i), so the threads do not matter.</summary>
internal static class RandomInitializer
{
    private const int RowsPerTask = 64;

    public static void Fill(IReadOnlyList<WeightPart> parts, ulong seed, IBackend backend)
    {
        List<(int Part, int Row)> tasks = [];
        for (int part = 0; part < parts.Count; part++)
            for (int row = 0; row < parts[part].Rows; row += RowsPerTask) tasks.Add((part, row));
        Parallel.ForEach(tasks, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, task =>
        {
            WeightPart part = parts[task.Part];
            int count = Math.Min(RowsPerTask, part.Rows - task.Row);
            float[] values = GC.AllocateUninitializedArray<float>(count * part.Columns);
            Fill(values, seed, (ulong)task.Part, (ulong)task.Row * (ulong)part.Columns, (float)part.Mean, (float)part.Deviation);
            part.Write(MemoryMarshal.AsBytes(values.AsSpan()), DType.Float32, task.Row, backend);
        });
    }

    // Box and Muller 1958: two uniform numbers give two normal ones; a block of four words gives elements 4·block to 4·block + 3.
    private static void Fill(Span<float> values, ulong seed, ulong stream, ulong first, float mean, float deviation)
    {
        Span<float> four = stackalloc float[4];
        ulong block = ulong.MaxValue;
        for (int i = 0; i < values.Length; i++)
        {
            ulong element = first + (ulong)i;
            if (element >> 2 != block)
            {
                block = element >> 2;
                (uint a, uint b, uint c, uint d) = CounterRandom.Block(seed, stream, block);
                Pair(a, b, four);
                Pair(c, d, four[2..]);
            }
            values[i] = mean + (deviation * four[(int)(element & 3)]);
        }
    }

    private static void Pair(uint a, uint b, Span<float> two)
    {
        float radius = MathF.Sqrt(-2 * MathF.Log(((a >> 8) + 1) * (1f / (1 << 24))));
        (float sine, float cosine) = MathF.SinCos((b >> 8) * (2 * MathF.PI / (1 << 24)));
        two[0] = radius * cosine;
        two[1] = radius * sine;
    }
}
