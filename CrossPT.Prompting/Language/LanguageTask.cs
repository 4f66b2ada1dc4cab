using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Language;

/// <summary>
/// A task of the language: a skill, or two of which both must answer yes, in some domains, with its label words.
/// </summary>
public sealed record LanguageTask
{
    internal LanguageTask(string name, IReadOnlyList<Skill> skills, IReadOnlyList<Domain> domains, LabelWords labels)
    {
        (Name, Skills, Domains, Labels) = (name, skills, domains, labels);
    }

    /// <summary>Its name in prompts and reports.</summary>
    public string Name { get; }

    /// <summary>One skill, or two.</summary>
    public IReadOnlyList<Skill> Skills { get; }

    /// <summary>Where its examples come from.</summary>
    public IReadOnlyList<Domain> Domains { get; }

    /// <summary>Its label words.</summary>
    public LabelWords Labels { get; init; }

    /// <summary>
    /// Text that tells the pretrained model which task it is: <c>sentiment yes or no :</c>. A prompt takes its place.
    /// </summary>
    public string Prefix => PrefixOf(Skills, Labels);

    /// <summary>The task as the rest of the library takes it: one field, and labels 0 and 1.</summary>
    public TaskDeclaration Declaration => new(Name, ["text"], "{text}")
    {
        Labels = [new TaskLabel("0", Labels.No), new TaskLabel("1", Labels.Yes)],
    };

    /// <summary>The same task answered with the words that its first skill was not pretrained with.</summary>
    public LanguageTask WithUnlikeLabels() => this with { Labels = LabelWords.UnlikeOf(Skills[0]) };

    internal static string PrefixOf(IReadOnlyList<Skill> skills, LabelWords labels) =>
        PrefixOf(string.Join(" and ", skills.Select(static skill => skill.NameOf())), labels);

    internal static string PrefixOf(string name, LabelWords labels) => $"{name} {labels.Yes} or {labels.No} :";
}

/// <summary>A task to transfer to.</summary>
/// <param name="Task">The task.</param>
/// <param name="Relatives">Names of the sources that have its skills: two of a combination, none where it has no
/// relative.</param>
public sealed record LanguageTarget(LanguageTask Task, IReadOnlyList<string> Relatives);

/// <summary>The words that answer a task.</summary>
/// <param name="Yes">The label 1.</param>
/// <param name="No">The label 0.</param>
public sealed record LabelWords(string Yes, string No)
{
    /// <summary>What every skill is pretrained with, and what sources and their relatives share.</summary>
    public static LabelWords Common { get; } = new("yes", "no");

    private static readonly LabelWords s_right = new("right", "wrong");

    private static readonly LabelWords s_true = new("true", "false");

    /// <summary>The second words a skill is pretrained with.</summary>
    public static LabelWords AlternateOf(Skill skill) => (int)skill % 2 == 0 ? s_right : s_true;

    /// <summary>Words the model knows from other skills only: related tasks that do not share label words.</summary>
    public static LabelWords UnlikeOf(Skill skill) => (int)skill % 2 == 0 ? s_true : s_right;

    /// <summary>All that are pretrained with some skill.</summary>
    public static IReadOnlyList<LabelWords> All { get; } = [Common, s_right, s_true];
}

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

/// <summary>Names and label words of the skills.</summary>
public static class Skills
{
    /// <summary>The skills that are pretrained, and that source prompts are trained for.</summary>
    public static IReadOnlyList<Skill> Pretrained { get; } =
        [Skill.Sentiment, Skill.Acceptability, Skill.Number, Skill.Paraphrase, Skill.Entailment, Skill.SameMood];

    /// <summary>Its name in text prefixes, tasks and reports.</summary>
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
