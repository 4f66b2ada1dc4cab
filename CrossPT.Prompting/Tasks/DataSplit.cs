using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Tasks;

/// <summary>How a task's validation and test rows come about: a rule over its files, or shares of one file.</summary>
/// <param name="Rule">The rule; of shares, that of the parts they make.</param>
/// <remarks>
/// In a configuration and in a declaration: <c>"halves"</c>, <c>"heldOut"</c>, <c>"files"</c>, or
/// <c>{ "validation": 0.1, "test": 0.1, "seed": 1 }</c>.
/// </remarks>
[DataSplitFormat]
public sealed record DataSplit(SplitRule Rule)
{
    /// <summary>The shares of the training file; null where validation or test rows have files of their own.</summary>
    public SplitShares? Shares { get; init; }

    /// <summary>A rule over files.</summary>
    public static implicit operator DataSplit(SplitRule rule) => new(rule);

    /// <summary>Reads the setting.</summary>
    /// <exception cref="ConfigurationException">It is neither a rule nor shares.</exception>
    public static DataSplit Read(ConfigValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Kind == ConfigKind.String)
            return new DataSplit((SplitRule)SplitRules.Names.IndexOf(value.AsChoice(SplitRules.Names)));
        if (value.Kind != ConfigKind.Section)
            throw value.Wrong("\"halves\", \"heldOut\", \"files\" or { \"validation\": 0.1, \"test\": 0.1 }");
        ConfigSection section = value.AsSection().Only("validation", "test", "seed");
        double validation = Share("validation");
        double test = Share("test");
        if (validation + test >= 1)
            throw value.Wrong("shares for validation and testing that leave rows to train on: less than 1 together");
        long seed = section.TryGet("seed", out ConfigValue? given) ? given.AsInt64(0) : SplitShares.DefaultSeed;
        return new DataSplit(SplitRule.Files) { Shares = new SplitShares(validation, test, seed) };

        double Share(string name) => section.Require(name, "a share of the rows").AsDouble(0.0001, 0.9);
    }

    internal ConfigValue Write() => Shares is not { } shares
        ? ConfigValue.Of(SplitRules.NameOf(Rule))
        : ConfigValue.Of(
        [
            ("validation", ConfigValue.OfNumber(shares.Validation)),
            ("test", ConfigValue.OfNumber(shares.Test)),
            ("seed", ConfigValue.OfNumber(shares.Seed)),
        ]);
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
          { "type": "object", "description": "Shares of the training file, by label; the rest is for training.",
            "required": ["validation", "test"], "additionalProperties": false, "properties": {
            "validation": { "type": "number", "minimum": 0.0001, "maximum": 0.9 },
            "test": { "type": "number", "minimum": 0.0001, "maximum": 0.9 },
            "seed": { "type": "integer", "minimum": 0, "default": 1 } } } ] }
        """;

    public override object Read(ConfigValue value) => DataSplit.Read(value);

    public override ConfigValue? Write(object? value) => ((DataSplit?)value)?.Write();
}
