using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Transformer.Tests.T5;

/// <summary>Made-up sizes, and seeded tokens for them.</summary>
internal static class TinyModels
{
    /// <summary>So small that every weight can be moved by itself.</summary>
    public static T5Config Smallest(bool gated) => new()
    {
        VocabularySize = 20, ModelWidth = 8, HeadWidth = 4, Heads = 2, FeedForwardWidth = 12, EncoderLayers = 2,
        DecoderLayers = 2,
        RelativeBuckets = 8, RelativeMaxDistance = 12, IsGated = gated, TieWordEmbeddings = !gated,
    };

    /// <summary>Heads as wide as in real T5s; N·D ≠ H.</summary>
    public static T5Config Wide(bool gated) => new()
    {
        VocabularySize = 150, ModelWidth = 160, HeadWidth = 64, Heads = 2, FeedForwardWidth = 192, EncoderLayers = 2,
        DecoderLayers = 2,
        IsGated = gated, TieWordEmbeddings = !gated,
    };

    /// <summary>Token ids without padding and end of sequence.</summary>
    public static int[] Tokens(T5Config config, int length, CounterRandom random)
    {
        int[] ids = new int[length];
        for (int i = 0; i < length; i++) ids[i] = 2 + random.NextInt32(config.VocabularySize - 2);
        return ids;
    }

    public static int[][] Tokens(T5Config config, int[] lengths, ulong seed)
    {
        CounterRandom random = new(seed);
        return Array.ConvertAll(lengths, length => Tokens(config, length, random));
    }

    public static SequenceOffsets OffsetsOf(int[][] sequences) =>
        SequenceOffsets.FromLengths(Array.ConvertAll(sequences, static ids => ids.Length));

    /// <summary>Encoder states of some sources.</summary>
    public static Variable States(T5Model model, Tape tape, int[][] sources)
        => model.Encode(tape, model.Embed(tape, [.. sources.SelectMany(static ids => ids)]), OffsetsOf(sources));

    public static float[] Gaussians(int count, ulong seed, double deviation = 1)
    {
        CounterRandom random = new(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (float)(deviation * random.NextGaussian());
        return values;
    }
}
