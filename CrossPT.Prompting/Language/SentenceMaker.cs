using CrossPT.Tensors;

namespace CrossPT.Prompting.Language;

/// <summary>
/// Draws sentences whose answers are given: everything else of them is drawn without regard to those.
/// </summary>
internal sealed class SentenceMaker(Lexicon lexicon)
{
    /// <summary>
    /// What single-sentence skills ask of it; each is drawn by itself, so that one input distribution serves them all.
    /// </summary>
    public readonly record struct Single(bool IsGood, bool Agrees, bool IsMany, bool MoodFirst);

    /// <summary>What pair skills ask of it; the same holds.</summary>
    public readonly record struct Pair(bool SameAction, bool Entails, bool SameMood);

    public string SingleText(Domain domain, Single facts, CounterRandom random)
    {
        Inflected subject = Noun(domain, random);
        return Make(
            domain, subject, facts.IsMany, Verb(domain, random), facts.Agrees, facts.IsGood, facts.MoodFirst,
            random).Text;
    }

    public string PairText(Domain domain, Pair facts, CounterRandom random)
    {
        (Inflected first, Inflected second) = Subjects(domain, facts.Entails, random);
        (string verb, string other) = Verbs(domain, facts.SameAction, random);
        bool many = Flip(random), good = Flip(random);
        Sentence one = Make(domain, first, many, verb, agrees: true, good, Flip(random), random);
        Sentence two = Make(domain, second, many, other, agrees: true, good == facts.SameMood, Flip(random), random);
        return $"{one.Text} {two.Text}";
    }

    public static bool Flip(CounterRandom random) => (random.NextUInt32() & 1) != 0;

    public static T Pick<T>(IReadOnlyList<T> of, CounterRandom random) => of[random.NextInt32(of.Count)];

    private static Inflected Noun(Domain domain, CounterRandom random) =>
        Pick(Pick(domain.Nouns, random).Words, random);

    private static string Verb(Domain domain, CounterRandom random) => Pick(Pick(domain.Verbs, random).Words, random);

    /// <summary>
    /// A kind follows from its nouns and from itself; a noun follows from its synonyms, never from its kind.
    /// </summary>
    public static (Inflected First, Inflected Second) Subjects(Domain domain, bool entails, CounterRandom random)
    {
        if (random.NextInt32(5) == 0)
        {
            int kind = random.NextInt32(domain.Kinds.Count);
            if (entails) return (domain.Kinds[kind], domain.Kinds[kind]);
            if (Flip(random)) return (domain.Kinds[kind], domain.Kinds[1 - kind]);
            return (
                domain.Kinds[kind],
                Pick(Pick([.. domain.Nouns.Where(noun => noun.Kind == kind)], random).Words, random));
        }
        int place = random.NextInt32(domain.Nouns.Count);
        NounMeaning meaning = domain.Nouns[place];
        Inflected first = Pick(meaning.Words, random);
        bool kindSecond = random.NextInt32(3) == 0;
        if (kindSecond) return (first, domain.Kinds[entails ? meaning.Kind : 1 - meaning.Kind]);
        NounMeaning second = entails ? meaning : domain.Nouns[Other(place, domain.Nouns.Count, random)];
        return (first, Pick(second.Words, random));
    }

    /// <summary>Two verbs that mean the same, or do not.</summary>
    public static (string First, string Second) Verbs(Domain domain, bool same, CounterRandom random)
    {
        int place = random.NextInt32(domain.Verbs.Count);
        int second = same ? place : Other(place, domain.Verbs.Count, random);
        return (Pick(domain.Verbs[place].Words, random), Pick(domain.Verbs[second].Words, random));
    }

    private static int Other(int place, int count, CounterRandom random) =>
        (place + 1 + random.NextInt32(count - 1)) % count;

    private Sentence Make(
        Domain domain, Inflected subject, bool many, string verb, bool agrees, bool good, bool moodFirst,
        CounterRandom random)
    {
        Inflected other = Noun(domain, random);
        bool otherMany = Flip(random);
        // Less than half: a word then tells something of the mood by itself, and what "not" does is learned on top of
        // that.
        bool negated = random.NextInt32(4) == 0, word = good != negated, own = Flip(random);
        string mood = Pick(word ? (own ? domain.Good : lexicon.Good) : (own ? domain.Bad : lexicon.Bad), random);
        return new Sentence(subject, many, verb, agrees, other, otherMany, mood, negated, moodFirst);
    }
}

/// <summary>
/// What a sentence says and how: <c>the SUBJECT do[es] VERB a|some OBJECT , so [not] MOOD .</c>, or its mood first.
/// </summary>
/// <param name="Subject">Who acts.</param>
/// <param name="IsMany">Whether the subject is more than one.</param>
/// <param name="Verb">What is done.</param>
/// <param name="Agrees">Whether "do" has the form for the subject's number.</param>
/// <param name="Object">To whom.</param>
/// <param name="IsObjectMany">Whether that is more than one.</param>
/// <param name="Mood">A word of a good or bad mood.</param>
/// <param name="IsNegated">Whether "not" turns it round.</param>
/// <param name="MoodFirst">Whether the mood comes first.</param>
internal sealed record Sentence(
    Inflected Subject, bool IsMany, string Verb, bool Agrees, Inflected Object, bool IsObjectMany, string Mood,
    bool IsNegated, bool MoodFirst)
{
    public string Text
    {
        get
        {
            string acts = $"the {Subject.For(IsMany)} {(IsMany == Agrees ? "do" : "does")} {Verb}";
            string body = $"{acts} {(IsObjectMany ? "some" : "a")} {Object.For(IsObjectMany)}";
            string mood = IsNegated ? $"so not {Mood}" : $"so {Mood}";
            return MoodFirst ? $"{mood} , {body} ." : $"{body} , {mood} .";
        }
    }
}
