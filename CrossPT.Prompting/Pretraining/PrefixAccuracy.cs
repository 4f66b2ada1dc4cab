using CrossPT.Autograd;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Language;
using CrossPT.Prompting.Tasks;
using CrossPT.Tensors;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Pretraining;

/// <summary>
/// How often a model answers a task of the built-in language rightly when a text prefix says which task it is.
/// </summary>
public static class PrefixAccuracy
{
    private const int Batch = 64;

    /// <summary>Share of right answers, 0 to 1, of the two label words ranked.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">The language's tokenizer.</param>
    /// <param name="task">The task; its prefix names its label words.</param>
    /// <param name="examples">Its examples.</param>
    public static double Measure(
        T5Model model, ITokenizer tokenizer, LanguageTask task, IReadOnlyList<Example> examples)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(examples);
        TaskCodec codec = new(task.Declaration, tokenizer, model.Config, 256);
        int right = 0;
        foreach (Example[] chunk in examples.Chunk(Batch))
        {
            using TensorScope scope = new();
            using Tape tape = new(model.Backend, recording: false);
            SourceBatch sources = SourceBatch.Create(
                Array.ConvertAll(chunk, example => codec.Encode($"{task.Prefix} {example.Text}")));
            Variable states = model.Encode(tape, model.Embed(tape, sources.Ids), sources.Sequences);
            double[][] scores = model.Rank(states.Value, sources.Sequences, codec.LabelIds);
            for (int i = 0; i < chunk.Length; i++) right += LabelRanking.Best(scores[i]) == chunk[i].Label ? 1 : 0;
        }
        return right / (double)examples.Count;
    }
}
