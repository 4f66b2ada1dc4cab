namespace CrossPT.Prompting.Language;

/// <summary>All words of the language: a function of its seed.</summary>
public sealed class Lexicon
{
    private const int NounsPerDomain = 5, VerbsPerDomain = 5, SynonymsPerMeaning = 2, OwnMoods = 2, SharedMoods = 3;

    private static readonly string[] s_domains = ["farm", "harbour", "market", "castle"];

    // Of texts, then of prefixes and answers. Skills have names of their own.
    private static readonly string[] s_grammar =
    [
        ".", ",", ":", "the", "a", "some", "do", "does", "so", "not", "and", "or", "is", "to", "of", "kind", "that",
        WordExercises.Verbs, WordExercises.Nouns,
    ];

    internal Lexicon(ulong seed)
    {
        string[] plain =
        [
            .. s_grammar, .. LabelWords.All.SelectMany(static words => new[] { words.Yes, words.No }),
            .. Skills.Pretrained.Select(static skill => skill.NameOf()),
        ];
        WordMaker maker = new(seed, plain);
        Good = Words(SharedMoods);
        Bad = Words(SharedMoods);
        Domains = [.. s_domains.Select((name, index) => new Domain(
            index, name,
            [.. Enumerable.Range(0, NounsPerDomain).Select(noun => new NounMeaning(Synonyms(maker.Noun), noun % 2))],
            [maker.Noun(), maker.Noun()],
            [.. Enumerable.Range(0, VerbsPerDomain).Select(_ => new VerbMeaning(Synonyms(maker.Next)))],
            Words(OwnMoods), Words(OwnMoods)))];
        Vocabulary = [.. plain, .. Good, .. Bad, .. Domains.SelectMany(WordsOf)];

        T[] Synonyms<T>(Func<T> make) => [.. Enumerable.Range(0, SynonymsPerMeaning).Select(_ => make())];

        string[] Words(int count) => [.. Enumerable.Range(0, count).Select(_ => maker.Next())];
    }

    /// <summary>The domains.</summary>
    public IReadOnlyList<Domain> Domains { get; }

    /// <summary>Words of a good mood that every domain uses.</summary>
    public IReadOnlyList<string> Good { get; }

    /// <summary>Words of a bad mood that every domain uses.</summary>
    public IReadOnlyList<string> Bad { get; }

    /// <summary>Every word once, punctuation, label words and names of skills included.</summary>
    public IReadOnlyList<string> Vocabulary { get; }

    /// <summary>The words that a domain has for itself.</summary>
    public static IEnumerable<string> WordsOf(Domain domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        IEnumerable<Inflected> nouns = domain.Nouns.SelectMany(static noun => noun.Words).Concat(domain.Kinds);
        IEnumerable<string> verbs = domain.Verbs.SelectMany(static verb => verb.Words);
        return nouns.SelectMany(static noun => new[] { noun.One, noun.Many }).Concat(verbs).Concat(domain.Good)
            .Concat(domain.Bad);
    }
}
