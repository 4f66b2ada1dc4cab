using CrossPT.Prompting.Tasks;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Language;

/// <summary>Which examples a text may be one of: a text is always on the same side, whatever it is drawn for.</summary>
public enum LanguageSplit
{
    /// <summary>Pretraining, and training of prompts.</summary>
    Training,

    /// <summary>Measuring alone.</summary>
    Test,
}

/// <summary>Draws labelled texts of a skill, or of two at once.</summary>
internal sealed class TaskTexts(SentenceMaker maker)
{
    public Example Draw(
        IReadOnlyList<Skill> skills, Domain domain, bool label, LanguageSplit split, CounterRandom random)
    {
        while (true)
        {
            string text = skills[0].IsPair()
                ? Pair(skills, domain, label, random)
                : Single(skills, domain, label, random);
            if (SplitOf(text) == split) return new Example(text, label ? 1 : 0);
        }
    }

    /// <summary>
    /// One text in four is for measuring. By the middle bits: the lowest of this hash only count odd letters, of which
    /// "not" has some.
    /// </summary>
    public static LanguageSplit SplitOf(string text) =>
        ((RandomStreams.Of("split", text) >> 40) & 3) == 0 ? LanguageSplit.Test : LanguageSplit.Training;

    private string Single(IReadOnlyList<Skill> skills, Domain domain, bool label, CounterRandom random)
    {
        bool Any() => SentenceMaker.Flip(random);
        Dictionary<Skill, bool> fixedFacts = Facts(skills, label, random);
        bool Fact(Skill skill) => fixedFacts.TryGetValue(skill, out bool value) ? value : Any();
        return maker.SingleText(
            domain, new(Fact(Skill.Sentiment), Fact(Skill.Acceptability), Fact(Skill.Number), Fact(Skill.Order)),
            random);
    }

    private string Pair(IReadOnlyList<Skill> skills, Domain domain, bool label, CounterRandom random)
    {
        bool Any() => SentenceMaker.Flip(random);
        Dictionary<Skill, bool> fixedFacts = Facts(skills, label, random);
        bool Fact(Skill skill) => fixedFacts.TryGetValue(skill, out bool value) ? value : Any();
        return maker.PairText(
            domain, new(Fact(Skill.Paraphrase), Fact(Skill.Entailment), Fact(Skill.SameMood)), random);
    }

    /// <summary>
    /// Of two skills a no comes from one of them alone, so that neither by itself answers more than three of four.
    /// </summary>
    private static Dictionary<Skill, bool> Facts(IReadOnlyList<Skill> skills, bool label, CounterRandom random)
    {
        Dictionary<Skill, bool> facts = skills.ToDictionary(static skill => skill, _ => label);
        if (skills.Count > 1 && !label) facts[SentenceMaker.Pick(skills, random)] = true;
        return facts;
    }
}
