using CrossPT.Prompting.Language;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Pretraining;

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
