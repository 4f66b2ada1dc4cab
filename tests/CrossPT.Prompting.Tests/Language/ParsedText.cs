using CrossPT.Prompting.Language;

namespace CrossPT.Prompting.Tests.Language;

/// <summary>A text of the language taken apart by its words alone: what the answers are checked against.</summary>
internal sealed class ParsedText
{
    private readonly List<(
        Inflected Subject, string Verb, bool Many, bool VerbMany, bool Good, bool MoodFirst)> _sentences = [];

    public ParsedText(InventedLanguage language, string text)
    {
        foreach (string sentence in text.Split(
            " .", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] halves = sentence.Split(" , ");
            Assert.Equal(2, halves.Length);
            bool moodFirst = halves[0].StartsWith("so ", StringComparison.Ordinal);
            string[] mood = halves[moodFirst ? 0 : 1].Split(' '), body = halves[moodFirst ? 1 : 0].Split(' ');
            Assert.Equal(("so", "the", 6), (mood[0], body[0], body.Length));
            Domain = Assert.Single(language.Lexicon.Domains, domain => Lexicon.WordsOf(domain).Contains(body[1]));
            Assert.Contains(Nouns, noun => (body[4] == "some" ? noun.Many : noun.One) == body[5]);
            bool good = language.Lexicon.Good.Concat(Domain.Good).Contains(mood[^1]);
            Assert.True(good || language.Lexicon.Bad.Concat(Domain.Bad).Contains(mood[^1]));
            Inflected subject = Nouns.Concat(Domain.Kinds).Single(noun => noun.One == body[1] || noun.Many == body[1]);
            Assert.Contains(body[2], new[] { "do", "does" });
            _sentences.Add(
                (subject, body[3], subject.Many == body[1], body[2] == "do", good == (mood.Length == 2), moodFirst));
        }
    }

    public Domain Domain { get; private set; } = null!;

    public int Sentences => _sentences.Count;

    private IEnumerable<Inflected> Nouns => Domain.Nouns.SelectMany(static noun => noun.Words);

    public bool Answer(Skill skill) => skill switch
    {
        Skill.Sentiment => _sentences[0].Good,
        Skill.Acceptability => _sentences[0].Many == _sentences[0].VerbMany,
        Skill.Number => _sentences[0].Many,
        Skill.Order => _sentences[0].MoodFirst,
        Skill.SameMood => _sentences[0].Good == _sentences[1].Good,
        Skill.Paraphrase => Meaning(_sentences[0].Verb) == Meaning(_sentences[1].Verb),
        _ => _sentences[0].Subject == _sentences[1].Subject
            || KindOrNoun(_sentences[0].Subject).Any(KindOrNoun(_sentences[1].Subject, alone: true).Contains),
    };

    private int Meaning(string verb) => Domain.Verbs.ToList().FindIndex(meaning => meaning.Words.Contains(verb));

    /// <summary>
    /// The meanings a word has: of a noun its own, and its kind's unless asked for alone; of a kind the kind's.
    /// </summary>
    private IEnumerable<string> KindOrNoun(Inflected word, bool alone = false)
    {
        int kind = Domain.Kinds.ToList().IndexOf(word);
        int noun = Domain.Nouns.ToList().FindIndex(meaning => meaning.Words.Contains(word));
        if (kind >= 0) return [$"kind {kind}"];
        return alone ? [$"noun {noun}"] : [$"noun {noun}", $"kind {Domain.Nouns[noun].Kind}"];
    }
}
