using CrossPT.Tensors;

namespace CrossPT.Prompting.Pretraining;

/// <summary>Stretches of a corpus with spans taken out.</summary>
/// <param name="texts">Token ids of each text, two or more; stretches do not cross from one text into another.</param>
/// <param name="length">Tokens of a stretch at most.</param>
/// <param name="spans">Takes spans out.</param>
internal sealed class CorpusStream(IReadOnlyList<int[]> texts, int length, SpanCorruption spans) : IExampleStream
{
    // Where each text begins, had all been put end to end: every token is as likely to be met, in whatever text.
    private readonly long[] _ends = Ends(texts);

    public SequencePair Draw(CounterRandom random)
    {
        long place = (long)(random.NextDouble() * _ends[^1]);
        int text = Array.BinarySearch(_ends, place + 1);
        int[] tokens = texts[text < 0 ? ~text : text];
        int count = Math.Min(length, tokens.Length), first = random.NextInt32(tokens.Length - count + 1);
        return spans.Corrupt(tokens.AsSpan(first, count), random);
    }

    private static long[] Ends(IReadOnlyList<int[]> texts)
    {
        long[] ends = new long[texts.Count];
        for (int i = 0; i < ends.Length; i++) ends[i] = (i == 0 ? 0 : ends[i - 1]) + texts[i].Length;
        return ends;
    }
}
