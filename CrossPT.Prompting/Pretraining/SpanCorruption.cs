using CrossPT.Prompting.Tasks;
using CrossPT.Tensors;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Pretraining;

/// <summary>
/// T5's unsupervised objective (Raffel et al. 2020, section 3.1.4 and figure 2): spans of the text are taken out, a
/// sentinel stands for each, and the target is every sentinel with what it stands for, closed by one sentinel more.
/// </summary>
public sealed class SpanCorruption
{
    private readonly int[] _sentinels;
    private readonly int _end;

    /// <summary>Span corruption with the sentinels of a tokenizer.</summary>
    /// <param name="tokenizer">Has <c>&lt;extra_id_0&gt;</c>, <c>&lt;extra_id_1&gt;</c>, … and an end of
    /// sequence.</param>
    /// <param name="density">Share of the tokens that is taken out, above 0 and below 1.</param>
    /// <param name="meanLength">Mean length of a span, at least 1.</param>
    /// <exception cref="ArgumentException">A number is out of range, or the tokenizer has no two sentinels or no end of
    /// sequence.</exception>
    public SpanCorruption(ITokenizer tokenizer, double density = 0.15, double meanLength = 3)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (!(density > 0 && density < 1))
            throw new ArgumentException(
                $"SpanCorruption: density {density}, expected above 0 and below 1.", nameof(density));
        if (!(meanLength >= 1 && double.IsFinite(meanLength)))
            throw new ArgumentException(
                $"SpanCorruption: mean length {meanLength}, expected at least 1.", nameof(meanLength));
        (Density, MeanLength, _end) = (density, meanLength, tokenizer.EndOfSequenceId);
        IEnumerable<int> sentinels = Enumerable.Range(0, tokenizer.VocabularySize)
            .Select(n => tokenizer.PieceToId($"<extra_id_{n}>"));
        _sentinels = [.. sentinels.TakeWhile(id => id != tokenizer.UnknownId)];
        if (_sentinels.Length >= 2 && _end >= 0) return;
        throw new ArgumentException(
            "SpanCorruption: the tokenizer has no sentinels <extra_id_0>, <extra_id_1>, or no end of sequence.",
            nameof(tokenizer));
    }

    /// <summary>Share of the tokens that is taken out.</summary>
    public double Density { get; }

    /// <summary>Mean length of a span.</summary>
    public double MeanLength { get; }

    /// <summary>Tokens of the longest text whose spans have sentinels enough.</summary>
    public int LongestText
    {
        get
        {
            int length = 2;
            // Two more than spans: one is cut in two where the noise turns round the end, and one closes the target.
            while (length < 1 << 20 && Count(length + 1).Spans + 2 <= _sentinels.Length) length++;
            return length;
        }
    }

    /// <summary>Takes random spans out of a text.</summary>
    /// <param name="tokens">Its ids without end of sequence: two at least, <see cref="LongestText"/> at most.</param>
    /// <param name="random">Where randomness comes from.</param>
    public EncodedExample Corrupt(ReadOnlySpan<int> tokens, CounterRandom random) =>
        Apply(tokens, Noise(tokens.Length, random));

    /// <summary>
    /// Which tokens are taken out: as many as the density says, cut at random into as many spans as their mean length
    /// says, with what stays cut at random between them; then all turned round by a random number of places, so that no
    /// place is spared.
    /// </summary>
    /// <exception cref="ArgumentException">The text has less than two tokens.</exception>
    public bool[] Noise(int length, CounterRandom random)
    {
        ArgumentNullException.ThrowIfNull(random);
        if (length < 2)
            throw new ArgumentException(
                $"SpanCorruption: a text of {length} tokens, expected two at least.", nameof(length));
        (int noisy, int spans) = Count(length);
        int[] kept = Segments(length - noisy, spans, random), taken = Segments(noisy, spans, random);
        bool[] noise = new bool[length];
        int at = random.NextInt32(length);
        for (int span = 0; span < spans; span++)
        {
            at += kept[span];
            for (int i = 0; i < taken[span]; i++, at++) noise[at % length] = true;
        }
        return noise;
    }

    /// <summary>Takes given tokens out.</summary>
    /// <exception cref="ArgumentException">Lengths differ, nothing is taken out, or there are more spans than
    /// sentinels.</exception>
    public EncodedExample Apply(ReadOnlySpan<int> tokens, ReadOnlySpan<bool> noise)
    {
        if (tokens.Length != noise.Length || !noise.Contains(true))
            throw new ArgumentException(
                $"SpanCorruption: {noise.Length} marks for {tokens.Length} tokens, expected as many, one set at least.",
                nameof(noise));
        List<int> source = [], target = [];
        int spans = 0;
        for (int i = 0; i < tokens.Length; i++)
        {
            if (!noise[i])
            {
                source.Add(tokens[i]);
                continue;
            }
            if (i == 0 || !noise[i - 1])
            {
                source.Add(Sentinel(spans));
                target.Add(Sentinel(spans++));
            }
            target.Add(tokens[i]);
        }
        target.Add(Sentinel(spans));
        return new EncodedExample([.. source, _end], [.. target, _end]);
    }

    private (int Noisy, int Spans) Count(int length)
    {
        int noisy = Math.Clamp((int)Math.Round(length * Density), 1, length - 1);
        return (noisy, Math.Clamp((int)Math.Round(noisy / MeanLength), 1, Math.Min(noisy, length - noisy)));
    }

    /// <summary>Cuts a number of items into segments of one item at least, every cut as likely as any other.</summary>
    private static int[] Segments(int items, int segments, CounterRandom random)
    {
        bool[] starts = new bool[items - 1];
        starts.AsSpan(0, segments - 1).Fill(true);
        random.Shuffle(starts.AsSpan());
        int[] lengths = new int[segments];
        int segment = 0;
        lengths[0] = 1;
        foreach (bool start in starts) lengths[start ? ++segment : segment]++;
        return lengths;
    }

    private int Sentinel(int span) => span < _sentinels.Length
        ? _sentinels[span]
        : throw new ArgumentException(
            $"SpanCorruption: a text with more spans than the tokenizer has sentinels, {_sentinels.Length}.");
}
