using CrossPT.Tensors;

namespace CrossPT.Prompting.Language;

/// <summary>
/// Plain texts of a domain, for span corruption: two sentences, a sentence and the same in other words, or what words mean. From them a model can learn
/// which words of a domain are synonyms without a task there: both of them have the same gloss.
/// </summary>
internal sealed class LanguageCorpus(Lexicon lexicon, SentenceMaker maker)
{
    private const int MeaningsPerText = 4;

    public string Draw(CounterRandom random)
    {
        while (true)
        {
            Domain domain = SentenceMaker.Pick(lexicon.Domains, random);
            string text = random.NextInt32(4) switch
            {
                0 => maker.PairText(domain, new(SentenceMaker.Flip(random), SentenceMaker.Flip(random), SentenceMaker.Flip(random)), random),
                1 => InOtherWords(domain, random),
                _ => string.Join(' ', Enumerable.Range(0, MeaningsPerText).Select(_ => Meaning(domain, random))),
            };
            if (TaskTexts.SplitOf(text) == LanguageSplit.Training) return text;
        }
    }

    private string InOtherWords(Domain domain, CounterRandom random)
    {
        string pair = maker.PairText(domain, new(SameAction: true, Entails: true, SameMood: true), random);
        return pair.Replace(" . ", " . that is : ", StringComparison.Ordinal);
    }

    private static string Meaning(Domain domain, CounterRandom random)
    {
        NounMeaning noun = SentenceMaker.Pick(domain.Nouns, random);
        VerbMeaning verb = SentenceMaker.Pick(domain.Verbs, random);
        bool many = SentenceMaker.Flip(random);
        string article = many ? "some" : "a";
        return random.NextInt32(3) switch
        {
            0 => $"to {SentenceMaker.Pick(verb.Words, random)} is to {verb.Gloss} .",
            1 => $"{article} {SentenceMaker.Pick(noun.Words, random).For(many)} is a {noun.Gloss} .",
            _ => $"{article} {SentenceMaker.Pick(noun.Words, random).For(many)} is a kind of {domain.Kinds[noun.Kind].For(many)} .",
        };
    }
}
