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

/// <summary>Accuracy under a text prefix of one task of the built-in language.</summary>
/// <param name="Task">The task.</param>
/// <param name="IsTrained">Whether it was pretrained: skill, domain and label words.</param>
/// <param name="Accuracy">0 to 1, on texts that nothing is trained on.</param>
public sealed record LanguageAccuracy(LanguageTask Task, bool IsTrained, double Accuracy)
{
    /// <summary>Examples of each task.</summary>
    public const int Examples = 400;

    /// <summary>
    /// Every pretrained skill in every domain; over the domains it was trained in, with label words it was not trained
    /// with; the target that combines two.
    /// </summary>
    public static IReadOnlyList<LanguageAccuracy> MeasureAll(
        T5Model model, ITokenizer tokenizer, InventedLanguage language)
    {
        ArgumentNullException.ThrowIfNull(language);
        List<LanguageAccuracy> all = [];
        foreach (Skill skill in Skills.Pretrained)
        {
            foreach (Domain domain in language.Lexicon.Domains)
                all.Add(Measure(InventedLanguage.TaskOf(skill, domain), domain != language.LeftOut(skill)));
        }
        foreach (LanguageTask source in language.Sources) all.Add(Measure(source.WithUnlikeLabels(), trained: false));
        foreach (LanguageTarget target in language.Targets)
        {
            if (target.Relatives.Count > 1) all.Add(Measure(target.Task, trained: false));
        }
        return all;

        LanguageAccuracy Measure(LanguageTask task, bool trained) =>
            new(
                task, trained,
                PrefixAccuracy.Measure(
                    model, tokenizer, task, language.Examples(task, LanguageSplit.Test, seed: 0, Examples)));
    }
}
