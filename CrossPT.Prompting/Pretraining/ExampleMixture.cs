using System.Text;
using CrossPT.Prompting.Language;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tasks.Reading;
using CrossPT.Tensors;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Pretraining;

/// <summary>Draws batches from several streams, each with its share.</summary>
/// <remarks>
/// A batch is a function of (seed, step) alone: a run can go on from any step without a state to keep.
/// </remarks>
public sealed class ExampleMixture
{
    private readonly IExampleStream[] _streams;
    private readonly double[] _upTo;
    private readonly int _batch;
    private readonly ulong _seed;

    /// <summary>A mixture.</summary>
    /// <param name="streams">Each with its share, whose sum need not be 1.</param>
    /// <param name="batch">B.</param>
    /// <param name="seed">The run's seed.</param>
    /// <exception cref="ArgumentException">There is no stream, or a share is not above 0.</exception>
    public ExampleMixture(IReadOnlyList<(IExampleStream Stream, double Share)> streams, int batch, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(streams);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        if (streams.Count == 0 || streams.Any(static one => !(one.Share > 0 && double.IsFinite(one.Share))))
            throw new ArgumentException(
                $"ExampleMixture: {streams.Count} streams, expected one or more, each with a share above 0.",
                nameof(streams));
        (_batch, _seed) = (batch, seed);
        _streams = [.. streams.Select(static one => one.Stream)];
        _upTo = new double[_streams.Length];
        double sum = streams.Sum(static one => one.Share), before = 0;
        for (int i = 0; i < _upTo.Length; i++) _upTo[i] = before += streams[i].Share / sum;
    }

    /// <summary>The examples of a step, counted from 0.</summary>
    public EncodedExample[] Batch(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        EncodedExample[] batch = new EncodedExample[_batch];
        for (int row = 0; row < batch.Length; row++)
        {
            CounterRandom random = new(
                _seed, RandomStreams.Of("pretraining", "", ((ulong)step * (ulong)_batch) + (ulong)row));
            double drawn = random.NextDouble();
            int stream = Array.FindIndex(_upTo, upTo => drawn < upTo);
            // The shares may sum to a hair less than 1.
            batch[row] = _streams[stream < 0 ? ^1 : stream].Draw(random);
        }
        return batch;
    }
}

/// <summary>Examples without an end, each a function of the random numbers it is drawn with.</summary>
public interface IExampleStream
{
    /// <summary>Draws an example.</summary>
    EncodedExample Draw(CounterRandom random);
}

/// <summary>Stretches of a corpus with spans taken out.</summary>
/// <param name="texts">Token ids of each text, two or more; stretches do not cross from one text into another.</param>
/// <param name="length">Tokens of a stretch at most.</param>
/// <param name="spans">Takes spans out.</param>
internal sealed class CorpusStream(IReadOnlyList<int[]> texts, int length, SpanCorruption spans) : IExampleStream
{
    // Where each text begins, had all been put end to end: every token is as likely to be met, in whatever text.
    private readonly long[] _ends = Ends(texts);

    public EncodedExample Draw(CounterRandom random)
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

/// <summary>Texts of the built-in language with spans taken out, never the same ones again.</summary>
internal sealed class LanguageTextStream(
    InventedLanguage language, ITokenizer tokenizer, SpanCorruption spans) : IExampleStream
{
    public EncodedExample Draw(CounterRandom random) =>
        spans.Corrupt(tokenizer.Encode(language.DrawText(random)), random);
}

/// <summary>Tasks of the built-in language behind their text prefixes.</summary>
internal sealed class LanguageTaskStream(InventedLanguage language, ITokenizer tokenizer) : IExampleStream
{
    public EncodedExample Draw(CounterRandom random)
    {
        (string text, string answer) = language.DrawTask(random);
        return new EncodedExample(
            tokenizer.Encode(text, EncodeOptions.EndOfSequence), tokenizer.Encode(answer, EncodeOptions.EndOfSequence));
    }
}

/// <summary>Labelled rows of a task, each as likely as any other.</summary>
/// <param name="rows">Prefix and text, and the answer.</param>
internal sealed class TaskStream(IReadOnlyList<EncodedExample> rows) : IExampleStream
{
    public EncodedExample Draw(CounterRandom random) => rows[random.NextInt32(rows.Count)];
}

/// <summary>Reads a text file for span corruption: UTF-8, each line a text.</summary>
internal static class CorpusFile
{
    /// <summary>Token ids of every line of two tokens or more.</summary>
    /// <exception cref="TaskDataException">It cannot be read, is not UTF-8, or has no such line.</exception>
    public static List<int[]> Read(string path, ITokenizer tokenizer)
    {
        using FileStream file = DataFile.Open(path, "a text file");
        LineReader lines = new(file, path);
        List<int[]> texts = [];
        try
        {
            while (lines.TryRead(out ReadOnlySpan<byte> line))
            {
                int[] ids = tokenizer.Encode(Encoding.UTF8.GetString(line));
                // Of one token nothing can be taken out and something left.
                if (ids.Length > 1) texts.Add(ids);
            }
        }
        catch (Exception error) when (error is (IOException or UnauthorizedAccessException) and not TaskDataException)
        {
            throw DataFile.Unreadable(path, error);
        }
        return texts.Count > 0 ? texts
            : throw new TaskDataException(path, "has no line of two tokens or more, expected text");
    }
}
