namespace CrossPT.Prompting.Configuration;

// What a property of a configuration record says of its key, beside name, type and default. Ranges are those of
// System.ComponentModel.DataAnnotations.RangeAttribute.

/// <summary>A key that must be given.</summary>
/// <param name="expected">What the error message asks for: <c>a model folder or name</c>.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class RequiredSettingAttribute(string expected) : Attribute
{
    public string Expected => expected;
}

/// <summary>A path: read relative to the folder of the configuration, written in full.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FilePathAttribute : Attribute;

/// <summary>A record whose keys are part of the section that it is a property of.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class InlineAttribute : Attribute;

/// <summary>A number that may be left open with a word, which is written for null: <c>"shots": "all"</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NullWordAttribute(string word, string expected) : Attribute
{
    public string Word => word;

    public string Expected => expected;
}

/// <summary>A truth value spelled as one of two words.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class WordsAttribute(string no, string yes) : Attribute
{
    public string No => no;

    public string Yes => yes;
}

/// <summary>A key that only has an effect where another key of its section has one of some values.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class EffectiveWithAttribute(string key, params string[] values) : Attribute
{
    public string Key => key;

    public IReadOnlyList<string> Values => values;

    /// <summary>The end of a message about the key where it has no effect.</summary>
    public string Expected
    {
        get
        {
            string words = string.Join(" or ", values.Select(static word => $"\"{word}\""));
            return $"without effect, expected it beside \"{key}\": {words}";
        }
    }

    /// <summary>Whether the key may repeat its default where it has no effect.</summary>
    public bool AllowsDefault { get; init; }
}

/// <summary>The default of a key where another key of its section has a certain value.</summary>
/// <param name="key">The other key.</param>
/// <param name="value">Its value.</param>
/// <param name="json">The default, as JSON.</param>
[AttributeUsage(AttributeTargets.Property, AllowMultiple = true)]
internal sealed class DefaultWithAttribute(string key, string value, string json) : Attribute
{
    public string Key => key;

    public string Value => value;

    public string Json => json;
}

/// <summary>How a value is written that takes more than one form, such as a word or a section.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Class)]
internal abstract class ValueFormatAttribute : Attribute
{
    /// <summary>The forms as JSON Schema; records are <c>#/$defs/NAME</c>.</summary>
    public abstract string Schema { get; }

    /// <exception cref="ConfigurationException">It is none of the forms.</exception>
    public abstract object? Read(ConfigValue value);

    /// <summary>The shortest form that <see cref="Read"/> takes; null to leave the key out.</summary>
    public abstract ConfigValue? Write(object? value);
}

/// <summary>
/// A record with rules beyond single keys: checked, and completed with computed defaults, once it is read.
/// </summary>
internal interface ICheckedRecord
{
    /// <param name="section">The section it was read from, for the place of what is wrong.</param>
    /// <exception cref="ConfigurationException">Keys contradict each other.</exception>
    void Check(ConfigSection section);
}
