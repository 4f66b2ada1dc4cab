using CrossPT.Tensors;

namespace CrossPT.Prompting.Language;

/// <summary>
/// What a learner is asked about words alone, in every domain: a dictionary as questions. Pretraining has them besides
/// the skills, so that a domain that paraphrase or entailment is left out of has its synonyms and kinds known all the
/// same. They are neither sources nor targets.
/// </summary>
internal static class WordExercises
{
    /// <summary>Two verbs: do they mean the same?</summary>
    public const string Verbs = "synonym";

    /// <summary>Two nouns: is the first one the second, or is that its kind?</summary>
    public const string Nouns = "category";

    /// <summary>An exercise: its name, and two words.</summary>
    public static (string Name, string Text) Draw(Domain domain, bool label, CounterRandom random)
    {
        if (SentenceMaker.Flip(random))
        {
            (string verb, string other) = SentenceMaker.Verbs(domain, label, random);
            return (Verbs, $"{verb} , {other} .");
        }
        (Inflected noun, Inflected second) = SentenceMaker.Subjects(domain, label, random);
        bool many = SentenceMaker.Flip(random);
        return (Nouns, $"{noun.For(many)} , {second.For(many)} .");
    }
}
