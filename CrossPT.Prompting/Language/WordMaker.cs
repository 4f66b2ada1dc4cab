using CrossPT.Tensors;

namespace CrossPT.Prompting.Language;

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
