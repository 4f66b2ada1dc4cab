using CrossPT.Tensors;

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

/// <summary>A noun, which changes with number.</summary>
/// <param name="One">Singular.</param>
/// <param name="Many">Plural.</param>
public sealed record Inflected(string One, string Many)
{
    /// <summary>The form for a number.</summary>
    public string For(bool many) => many ? Many : One;
}

/// <summary>A verb's meaning with the words that have it: any may stand for any other.</summary>
/// <param name="Words">The synonyms.</param>
public sealed record VerbMeaning(IReadOnlyList<string> Words);

/// <summary>A noun's meaning and its kind.</summary>
/// <param name="Words">The synonyms.</param>
/// <param name="Kind">Place of its kind in <see cref="Domain.Kinds"/>.</param>
public sealed record NounMeaning(IReadOnlyList<Inflected> Words, int Kind);

/// <summary>What sentences may be about: words of its own, which no other domain has.</summary>
/// <param name="Index">Its place.</param>
/// <param name="Name">What reports call it; no word of the language.</param>
/// <param name="Nouns">Who acts and is acted upon.</param>
/// <param name="Kinds">Words for several nouns at once.</param>
/// <param name="Verbs">What is done.</param>
/// <param name="Good">Words of a good mood, its own alone.</param>
/// <param name="Bad">Words of a bad mood.</param>
public sealed record Domain(
    int Index,
    string Name,
    IReadOnlyList<NounMeaning> Nouns,
    IReadOnlyList<Inflected> Kinds,
    IReadOnlyList<VerbMeaning> Verbs,
    IReadOnlyList<string> Good,
    IReadOnlyList<string> Bad);

/// <summary>Invents words one can say, each once.</summary>
internal sealed class WordMaker(ulong seed, IEnumerable<string> taken)
{
    private static readonly string[] s_onsets =
    [
        "b", "bl", "br", "d", "dr", "f", "fl", "g", "gl", "gr", "k", "kl", "l",
        "m", "n", "p", "pl", "pr", "r", "t", "tr", "v", "z",
    ];
    private static readonly string[] s_vowels = ["a", "e", "i", "o", "u"];
    private static readonly string[] s_codas = ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "t", "v"];

    private readonly CounterRandom _random = new(seed, RandomStreams.Of("words"));
    private readonly HashSet<string> _used = [.. taken];

    /// <summary>A word of one or two syllables; with an s behind it, it is no other word either.</summary>
    public string Next()
    {
        while (true)
        {
            string word = Pick(s_onsets) + Pick(s_vowels)
                + (_random.NextInt32(2) == 0 ? "" : Pick(s_onsets) + Pick(s_vowels)) + Pick(s_codas);
            if (_used.Contains(word) || _used.Contains(word + "s")) continue;
            _used.Add(word);
            _used.Add(word + "s");
            return word;
        }
    }

    /// <summary>A noun: many have an s.</summary>
    public Inflected Noun()
    {
        string word = Next();
        return new Inflected(word, word + "s");
    }

    private string Pick(string[] of) => of[_random.NextInt32(of.Length)];
}
