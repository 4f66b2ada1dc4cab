using CrossPT.Autograd;
using CrossPT.Tensors;
using CrossPT.Transformer.Tokenization;
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

/// <summary>First rows of prompts, of every kind of start.</summary>
/// <param name="model">Gives the width and the vocabulary.</param>
/// <param name="tokenizer">For texts; null where none is used.</param>
/// <param name="sources">The run's source prompts, at their own lengths.</param>
/// <param name="starts">Prompts to start from by task.</param>
/// <param name="seed">The run's seed.</param>
internal sealed class StartRows(
    T5Model model, ITokenizer? tokenizer, IReadOnlyList<SourcePrompt> sources,
    IReadOnlyDictionary<string, SourcePrompt>? starts, ulong seed)
{
    /// <summary>P·H numbers, row after row; a function of the seed and <paramref name="stream"/> alone.</summary>
    /// <param name="start">What to start from.</param>
    /// <param name="length">P.</param>
    /// <param name="stream">Prompts of unlike names start unlike.</param>
    /// <param name="task">Stands for <c>{task}</c> in a file's name; null for a prompt of no one task.</param>
    /// <exception cref="ArgumentException">What is started from is not there, or too short.</exception>
    public float[] Create(StartSettings start, int length, string stream, string? task) => start.Kind switch
    {
        PromptStart.Text => FromText(Given(start.Text, start.Kind), length),
        PromptStart.File => First(Load(FileName(Given(start.File, start.Kind), task)), length),
        PromptStart.Tuned => First(StartOf(task), length),
        PromptStart.Source when start.Source == StartSettings.Best => First(StartOf(task), length),
        PromptStart.Source when start.Source == StartSettings.First && sources.Count > 0 => First(sources[0], length),
        PromptStart.Source => First(Find(Given(start.Source, start.Kind)), length),
        _ => PromptStarts.Create(start.Kind, model, length, seed, stream),
    };

    private SourcePrompt Load(string path) => SourcePrompt.Load(path, model.Config.ModelWidth);

    private static string Given(string? value, PromptStart kind) => string.IsNullOrEmpty(value)
        ? throw new ArgumentException($"A prompt starts from a {kind}, and none is given.")
        : value;

    private static string FileName(string pattern, string? task)
    {
        const string Place = "{task}";
        if (!pattern.Contains(Place, StringComparison.Ordinal)) return pattern;
        return task is null
            ? throw new ArgumentException(
                $"A prompt that all tasks share starts from the file {pattern}, expected a name without {Place}.")
            : pattern.Replace(Place, task, StringComparison.Ordinal);
    }

    private static float[] First(SourcePrompt prompt, int length)
    {
        if (prompt.Length < length)
        {
            throw new ArgumentException(
                $"A prompt of {length} rows starts from '{prompt.Name}' [{prompt.Length}, {prompt.Width}], "
                + $"expected {length} rows at least.");
        }
        return prompt.Take(length).Rows.ToArray();
    }

    private SourcePrompt StartOf(string? task)
    {
        if (task is not null && starts?.GetValueOrDefault(task) is { } start) return start;
        string whose = task is null ? "all tasks" : $"the task '{task}'";
        throw new ArgumentException($"There is no prompt to start that of {whose} from, expected one for each task.");
    }

    private SourcePrompt Find(string name)
    {
        if (sources.FirstOrDefault(source => source.Name == name) is { } found) return found;
        IEnumerable<string> names = sources.Select(static source => source.Name).DefaultIfEmpty("none");
        throw new ArgumentException(
            $"A prompt starts from the source prompt '{name}', expected one of {string.Join(", ", names)}.");
    }

    private float[] FromText(string text, int length)
    {
        if (tokenizer is null) throw new ArgumentException("A prompt starts from a text, and there is no tokenizer.");
        int[] pieces = tokenizer.Encode(text);
        if (pieces.Length == 0)
            throw new ArgumentException($"A prompt starts from the text '{text}', which has no pieces.");
        foreach (int piece in pieces)
        {
            if (piece >= model.Config.VocabularySize)
            {
                throw new ArgumentException(
                    $"A prompt starts from the text '{text}' with the piece {piece}, "
                    + $"expected up to {model.Config.VocabularySize - 1}.");
            }
        }
        int[] ids = new int[length];
        for (int i = 0; i < length; i++) ids[i] = pieces[i % pieces.Length];
        return PromptStarts.EmbeddingsOf(model, ids);
    }
}
