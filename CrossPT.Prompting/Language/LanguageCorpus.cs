using CrossPT.Tensors;

namespace CrossPT.Prompting.Language;

/// <summary>
/// Plain texts of a domain, for span corruption: two sentences, a sentence and the same in other words, or what words
/// mean. From them a model can learn the words of a domain without a task there.
/// </summary>
internal sealed class LanguageCorpus(Lexicon lexicon, SentenceMaker maker)
{
    private const int MeaningsPerText = 4;

    public string Draw(CounterRandom random)
    {
        while (true)
        {
            Domain domain = SentenceMaker.Pick(lexicon.Domains, random);
            string text = random.NextInt32(3) switch
            {
                0 => maker.PairText(
                    domain, new(SentenceMaker.Flip(random), SentenceMaker.Flip(random), SentenceMaker.Flip(random)),
                    random),
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
        int first = random.NextInt32(2);
        return random.NextInt32(3) switch
        {
            0 => $"to {verb.Words[first]} is to {verb.Words[1 - first]} .",
            1 => $"{article} {noun.Words[first].For(many)} is {article} {noun.Words[1 - first].For(many)} .",
            _ => $"{article} {noun.Words[first].For(many)} is a kind of {domain.Kinds[noun.Kind].For(many)} .",
        };
    }
}
