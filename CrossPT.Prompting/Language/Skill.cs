namespace CrossPT.Prompting.Language;

/// <summary>A yes-or-no question about one sentence or a pair of them.</summary>
public enum Skill
{
    /// <summary>One sentence: is its mood good? (SST-2)</summary>
    Sentiment,

    /// <summary>One sentence: does "do" or "does" agree with the subject? (CoLA)</summary>
    Acceptability,

    /// <summary>One sentence: is its subject more than one?</summary>
    Number,

    /// <summary>A pair: is what is done the same, in the same or in another word? (MRPC)</summary>
    Paraphrase,

    /// <summary>A pair: is who does it in the first, or its kind, who does it in the second? (RTE)</summary>
    Entailment,

    /// <summary>A pair: are both moods good, or both bad?</summary>
    SameMood,

    /// <summary>
    /// One sentence: does its mood come first? Never pretrained and the source of nothing: a task without a relative.
    /// </summary>
    Order,
}

/// <summary>What is known of every skill.</summary>
public static class Skills
{
    /// <summary>The skills that are pretrained, and that source prompts are trained for.</summary>
    public static IReadOnlyList<Skill> Pretrained { get; } =
        [Skill.Sentiment, Skill.Acceptability, Skill.Number, Skill.Paraphrase, Skill.Entailment, Skill.SameMood];

    /// <summary>What a text prefix, tasks and reports call it.</summary>
    public static string NameOf(this Skill skill) => skill switch
    {
        Skill.Sentiment => "sentiment",
        Skill.Acceptability => "acceptability",
        Skill.Number => "number",
        Skill.Paraphrase => "paraphrase",
        Skill.Entailment => "entailment",
        Skill.SameMood => "mood",
        Skill.Order => "order",
        _ => throw new ArgumentOutOfRangeException(nameof(skill), skill, "no such skill"),
    };

    /// <summary>Whether it is about a pair of sentences.</summary>
    public static bool IsPair(this Skill skill) => skill is Skill.Paraphrase or Skill.Entailment or Skill.SameMood;
}
