using System.Text.Json.Serialization;

namespace CrossPT.Prompting.Tasks;

/// <summary>
/// How a task's validation and test rows come about. The labels of most official test sets are hidden, so the rows that
/// have labels are divided, as ATTEMPT (Asai et al. 2022) divides them.
/// </summary>
public enum SplitRule
{
    /// <summary>
    /// Small sets: the validation file in an order of the seed, its first half for validation and the second for
    /// testing.
    /// </summary>
    Halves,

    /// <summary>
    /// Large sets: <see cref="TaskSplits.HeldOutRows"/> training rows for validation, the validation file for testing.
    /// </summary>
    [JsonStringEnumMemberName("heldOut")]
    HeldOut,

    /// <summary>
    /// The validation file for validation and the test file for testing; training rows are held out where there is no
    /// validation file.
    /// </summary>
    Files,
}

/// <summary>Names of the rules.</summary>
public static class SplitRules
{
    private static readonly string[] s_names = ["halves", "heldOut", "files"];

    /// <summary>Names as configurations write them.</summary>
    public static ReadOnlySpan<string> Names => s_names;

    /// <summary>The name of a rule.</summary>
    public static string NameOf(SplitRule rule) => s_names[(int)rule];
}
