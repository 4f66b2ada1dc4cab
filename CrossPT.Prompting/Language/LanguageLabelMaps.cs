namespace CrossPT.Prompting.Language;

/// <summary>
/// Other words for the labels of the language's tasks, level by level as the label-semantics study takes them: all of
/// them single words that the model has an embedding of.
/// </summary>
internal static class LanguageLabelMaps
{
    /// <summary>The words of a task by the map's name.</summary>
    public static IReadOnlyList<(string Name, LabelWords Words)> Of(LanguageTask task, Lexicon lexicon) =>
    [
        // The second words the skill was pretrained with: they mean the same there.
        ("synonyms", LabelWords.AlternateOf(task.Skills[0])),
        // Answers of other skills alone.
        ("unlike", LabelWords.UnlikeOf(task.Skills[0])),
        // The language has no digits, but words for one and for many.
        ("digits", new LabelWords("some", "a")),
        ("distinct", Distinct(task.Skills, task.Domains[0])),
        ("gen", Nonsense(lexicon.Domains.First(domain => !task.Domains.Contains(domain)))),
    ];

    /// <summary>Words of the task's own domain that no other task there has for labels.</summary>
    private static LabelWords Distinct(IReadOnlyList<Skill> skills, Domain domain)
    {
        // Of one skill a verb and a noun in the singular, of two a plural of each: nouns and verbs have two synonyms
        // for as many skills as there are.
        if (skills.Count > 1) return new LabelWords(NounOf(skills[0]).Many, NounOf(skills[1]).Many);
        (int round, int place) = Math.DivRem((int)skills[0], domain.Verbs.Count);
        return new LabelWords(domain.Verbs[place].Words[round], NounOf(skills[0]).One);

        Inflected NounOf(Skill skill)
        {
            (int round, int place) = Math.DivRem((int)skill, domain.Nouns.Count);
            return domain.Nouns[place].Words[round];
        }
    }

    /// <summary>Words of a domain that the task is not about, which answer nothing anywhere.</summary>
    private static LabelWords Nonsense(Domain domain) => new(domain.Verbs[0].Words[0], domain.Nouns[0].Words[0].One);
}
