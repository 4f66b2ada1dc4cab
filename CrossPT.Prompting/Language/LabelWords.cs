namespace CrossPT.Prompting.Language;

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
