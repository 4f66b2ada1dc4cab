using CrossPT.Autograd;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Samples;

/// <summary>
/// The task of lessons 5 and 6. Four words of the vocabulary are good and four are bad; a text has words of one kind,
/// and the answer, one token, names the kind.
/// </summary>
internal static class ToyTask
{
    private const int FirstGood = 30, FirstBad = 34, Good = 10, Bad = 20;

    /// <summary>Texts of 3 to 6 words and an end, and their answers: good and bad in turn.</summary>
    public static (int[][] Texts, int[][] Answers) Draw(T5Config config, int count, ulong seed)
    {
        CounterRandom random = new(seed);
        int[][] texts = new int[count][], answers = new int[count][];
        for (int i = 0; i < count; i++)
        {
            bool good = i % 2 == 0;
            int first = good ? FirstGood : FirstBad, words = 3 + random.NextInt32(4);
            texts[i] = [.. Enumerable.Range(0, words).Select(_ => first + random.NextInt32(4)), config.EndOfSequenceId];
            answers[i] = [good ? Good : Bad];
        }
        return (texts, answers);
    }

    /// <summary>The loss of a frozen model that reads prompt [P, H] before each text.</summary>
    public static Variable Loss(Tape tape, T5Model model, Variable prompt, (int[][] Texts, int[][] Answers) examples)
    {
        (Variable states, SequenceOffsets sources) = Read(tape, model, prompt, examples.Texts);
        return model.Loss(tape, TargetBatch.Create(model.Config, examples.Answers), states, sources);
    }

    /// <summary>Share of texts for which the right answer is likelier than the wrong one.</summary>
    public static double Accuracy(T5Model model, Variable prompt, (int[][] Texts, int[][] Answers) examples)
    {
        using TensorScope scope = new();
        using Tape tape = new(model.Backend, recording: false);
        (Variable states, SequenceOffsets sources) = Read(tape, model, prompt, examples.Texts);
        double[][] scores = model.Rank(states.Value, sources, [[Good], [Bad]]);
        int right = scores.Where((score, i) => (score[0] > score[1] ? Good : Bad) == examples.Answers[i][0]).Count();
        return right / (double)scores.Length;
    }

    private static (Variable States, SequenceOffsets Sources) Read(
        Tape tape, T5Model model, Variable prompt, int[][] texts)
    {
        int rows = prompt.Shape[0];
        // Row i of the batch is row promptRows[i] of the prompt, or the embedding of ids[i] where that is negative.
        int[] ids = [.. texts.SelectMany(text => (int[])[.. new int[rows], .. text])];
        int[] promptRows = [.. texts.SelectMany(text => Enumerable.Range(0, rows).Concat(text.Select(static _ => -1)))];
        SequenceOffsets sources = SequenceOffsets.FromLengths([.. texts.Select(text => rows + text.Length)]);
        return (model.Encode(tape, model.Embed(tape, ids, prompt, promptRows), sources), sources);
    }
}
