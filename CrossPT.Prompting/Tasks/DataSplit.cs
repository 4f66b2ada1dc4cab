using System.Text.Json.Serialization;
using CrossPT.Prompting.Configuration;

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

/// <summary>How a task's validation and test rows come about: a rule over its files, or shares of one file.</summary>
/// <param name="Rule">The rule; of shares, that of the parts they make.</param>
/// <remarks>
/// In a configuration and in a declaration: <c>"halves"</c>, <c>"heldOut"</c>, <c>"files"</c>, or
/// <c>{ "validation": 0.1, "test": 0.1, "seed": 1 }</c>.
/// </remarks>
[DataSplitFormat]
public sealed record DataSplit(SplitRule Rule)
{
    private static readonly string[] s_names = Setting.NamesOf(ConfigurationTypes.Default.SplitRule);

    /// <summary>The shares of the training file; null where validation or test rows have files of their own.</summary>
    public SplitShares? Shares { get; init; }

    /// <summary>A rule over files.</summary>
    public static implicit operator DataSplit(SplitRule rule) => new(rule);

    /// <summary>The name of a rule, as configurations write it.</summary>
    internal static string NameOf(SplitRule rule) => s_names[(int)rule];

    internal static DataSplit Read(ConfigValue value)
    {
        if (value.Kind == ConfigKind.String)
            return new DataSplit((SplitRule)Array.IndexOf(s_names, value.AsChoice(s_names)));
        if (value.Kind != ConfigKind.Section)
            throw value.Wrong("\"halves\", \"heldOut\", \"files\" or { \"validation\": 0.1, \"test\": 0.1 }");
        SplitShares shares = new();
        ConfigRecord.Read(value.AsSection(), shares, ConfigurationTypes.Default.SplitShares);
        return new DataSplit(SplitRule.Files) { Shares = shares };
    }

    internal ConfigValue Write() => Shares is null
        ? ConfigValue.Of(NameOf(Rule))
        : ConfigRecord.Write(Shares, ConfigurationTypes.Default.SplitShares);
}

/// <summary>A rule by name, or shares.</summary>
internal sealed class DataSplitFormatAttribute : ValueFormatAttribute
{
    public override string Schema =>
        """
        { "anyOf": [
          { "const": "halves", "description": "Half of the validation file each for validation and testing." },
          { "const": "heldOut", "description": "Validation from the training rows, the validation file for testing." },
          { "const": "files", "description": "Each from its own file." },
          { "$ref": "#/$defs/SplitShares" } ] }
        """;

    public override object Read(ConfigValue value) => DataSplit.Read(value);

    public override ConfigValue? Write(object? value) => ((DataSplit?)value)?.Write();
}
