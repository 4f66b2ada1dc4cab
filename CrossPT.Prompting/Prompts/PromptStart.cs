using CrossPT.Autograd;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Prompts;

/// <summary>What a prompt starts from.</summary>
public enum PromptStart
{
    /// <summary>Zeros: a private prompt that is added then begins as no change.</summary>
    Zero,

    /// <summary>Uniform in [−0.5, 0.5), Lester et al. 2021.</summary>
    Uniform,

    /// <summary>
    /// Rows of the model's vocabulary, drawn from its first 5,000 without repetition: those are its most frequent
    /// pieces.
    /// </summary>
    Vocabulary,

    /// <summary>Embeddings of the pieces of a text.</summary>
    Text,

    /// <summary>A prompt file.</summary>
    File,

    /// <summary>A source prompt of the run.</summary>
    Source,

    /// <summary>
    /// What prompt tuning of the task alone comes to, done first with the run's own examples and settings.
    /// </summary>
    Tuned,
}

/// <summary>Makes the first values of prompts.</summary>
public static class PromptStarts
{
    private const int FrequentPieces = 5000;

    /// <summary>P·H numbers, row after row; a function of the seed and the name alone.</summary>
    /// <param name="start">What to start from.</param>
    /// <param name="model">Gives the width and the vocabulary.</param>
    /// <param name="length">P.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="name">Prompts of unlike names start unlike.</param>
    /// <exception cref="ArgumentException">The vocabulary has fewer rows than the prompt.</exception>
    public static float[] Create(PromptStart start, T5Model model, int length, ulong seed, string name)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        int width = model.Config.ModelWidth;
        CounterRandom random = new(seed, RandomStreams.Of("prompt start", name));
        switch (start)
        {
            case PromptStart.Zero:
                return new float[length * width];
            case PromptStart.Uniform:
                float[] values = new float[length * width];
                for (int i = 0; i < values.Length; i++) values[i] = random.NextSingle() - 0.5f;
                return values;
            case PromptStart.Text or PromptStart.File or PromptStart.Source:
                throw new ArgumentException($"PromptStarts: {start} needs more than a model.", nameof(start));
            default:
                int[] ids = FrequentIds(model.Config);
                if (length > ids.Length)
                {
                    throw new ArgumentException(
                        $"A prompt of {length} rows starts from the vocabulary, "
                        + $"which has {ids.Length} rows to draw from.", nameof(length));
                }
                random.Shuffle(ids.AsSpan());
                return EmbeddingsOf(model, ids[..length]);
        }
    }

    /// <summary>Root mean square of the embeddings of the model's frequent pieces.</summary>
    public static double VocabularyRootMeanSquare(T5Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        float[] values = EmbeddingsOf(model, FrequentIds(model.Config));
        return Math.Sqrt(values.Sum(static x => (double)x * x) / values.Length);
    }

    private static int[] FrequentIds(T5Config config)
        => [.. Enumerable.Range(0, Math.Min(FrequentPieces, config.VocabularySize))];

    /// <summary>Embeddings of token ids, row after row.</summary>
    internal static float[] EmbeddingsOf(T5Model model, int[] ids)
    {
        using TensorScope scope = new();
        using Tape tape = new(model.Backend, recording: false);
        return model.Embed(tape, ids).Value.ToSingles();
    }
}
