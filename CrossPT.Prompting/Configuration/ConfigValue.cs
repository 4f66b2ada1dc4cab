using System.Globalization;

namespace CrossPT.Prompting.Configuration;

/// <summary>The kinds of configuration values.</summary>
public enum ConfigKind
{
    /// <summary>The word <c>null</c>.</summary>
    Null,

    /// <summary>The words <c>true</c> and <c>false</c>.</summary>
    Boolean,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A string.</summary>
    String,

    /// <summary>A list.</summary>
    List,

    /// <summary>A section: keys and their values.</summary>
    Section,
}

/// <summary>
/// A value of a configuration that knows where it stands, so that whoever finds it wrong can say so in one sentence.
/// </summary>
public sealed class ConfigValue
{
    private readonly string _text;

    internal ConfigValue(ConfigKind kind, string text, string key, string place, string folder)
    {
        Kind = kind;
        _text = text;
        Key = key;
        Place = place;
        Folder = folder;
    }

    /// <summary>Its kind.</summary>
    public ConfigKind Kind { get; }

    /// <summary>Its key from the top: <c>tasks[0].shots</c>; empty for the whole configuration.</summary>
    public string Key { get; }

    /// <summary>File, line and column, or the override it came from.</summary>
    public string Place { get; }

    /// <summary>Folder that its paths start from: the one the configuration lies in.</summary>
    public string Folder { get; }

    /// <summary>A string's characters, a number as it was written.</summary>
    internal string Text => _text;

    internal List<(string Name, ConfigValue Value)> Members { get; } = [];

    internal List<ConfigValue> Elements { get; } = [];

    /// <summary>A value to be written, which stands nowhere yet.</summary>
    internal static ConfigValue Of(string text) => new(ConfigKind.String, text, "", "", "");

    internal static ConfigValue Of(bool value) => new(ConfigKind.Boolean, value ? "true" : "false", "", "", "");

    internal static ConfigValue OfNumber(IFormattable value) =>
        new(ConfigKind.Number, value.ToString(null, CultureInfo.InvariantCulture), "", "", "");

    internal static ConfigValue Of(IEnumerable<ConfigValue> elements)
    {
        ConfigValue list = new(ConfigKind.List, "", "", "", "");
        list.Elements.AddRange(elements);
        return list;
    }

    internal static ConfigValue Of(IEnumerable<(string Name, ConfigValue Value)> members)
    {
        ConfigValue section = new(ConfigKind.Section, "", "", "", "");
        section.Members.AddRange(members);
        return section;
    }

    /// <summary>The value as a section, whose keys are then taken one by one.</summary>
    public ConfigSection AsSection() => new(Require(ConfigKind.Section, "a section { … }"));

    /// <summary>The values of a list.</summary>
    public IReadOnlyList<ConfigValue> AsList() => Require(ConfigKind.List, "a list [ … ]").Elements;

    /// <summary>The value as text.</summary>
    public string AsString() => Require(ConfigKind.String, "a string")._text;

    /// <summary>The value as true or false.</summary>
    public bool AsBoolean() => Require(ConfigKind.Boolean, "true or false")._text == "true";

    /// <summary>The value as an integer.</summary>
    public int AsInt32(int minimum = int.MinValue, int maximum = int.MaxValue) =>
        checked((int)AsInt64(minimum, maximum));

    /// <summary>The value as an integer.</summary>
    public long AsInt64(long minimum = long.MinValue, long maximum = long.MaxValue)
    {
        string expected = $"an integer from {minimum} to {maximum}";
        Require(ConfigKind.Number, expected);
        bool isInteger =
            long.TryParse(_text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value);
        return isInteger && value >= minimum && value <= maximum ? value : throw Wrong(expected);
    }

    /// <summary>The value as a finite number; the limits belong to what is allowed.</summary>
    public double AsDouble(double minimum = double.MinValue, double maximum = double.MaxValue)
    {
        string expected = string.Create(CultureInfo.InvariantCulture, $"a number from {minimum} to {maximum}");
        Require(ConfigKind.Number, expected);
        double value = double.Parse(_text, NumberStyles.Float, CultureInfo.InvariantCulture);
        // What overflows is infinite here, which no limit allows.
        if (!(value >= minimum && value <= maximum) || double.IsInfinity(value)) throw Wrong(expected);
        return value;
    }

    /// <summary>The value as one of some words.</summary>
    public string AsChoice(params ReadOnlySpan<string> choices)
    {
        string expected = $"one of {string.Join(", ", choices.ToArray())}";
        string text = Require(ConfigKind.String, expected)._text;
        foreach (string choice in choices)
        {
            if (choice == text) return choice;
        }
        throw Wrong(expected);
    }

    /// <summary>The value as a path, from the folder of the configuration.</summary>
    public string AsPath()
    {
        string text = AsString();
        if (text.Length == 0 || text.Contains('\0', StringComparison.Ordinal)) throw Wrong("a path");
        return Path.IsPathRooted(text) ? text : Path.Combine(Folder, text);
    }

    /// <summary>An error about this value: what was found is said already.</summary>
    public ConfigurationException Wrong(string expected)
    {
        string key = Key.Length == 0 ? "" : $"{Key}: ";
        return new ConfigurationException(Place, $"{key}found {Describe()}, expected {expected}");
    }

    /// <summary>The value as a message shows it.</summary>
    public string Describe() => Kind switch
    {
        ConfigKind.String => $"\"{Shorten(_text)}\"",
        ConfigKind.Number or ConfigKind.Boolean => Shorten(_text),
        ConfigKind.List => $"a list of {Elements.Count}",
        ConfigKind.Section => "a section",
        _ => "null",
    };

    /// <summary>
    /// A section within a document as a configuration of its own: its keys start from it, its places stay.
    /// </summary>
    internal ConfigValue AsTop() => Key.Length == 0 ? this : From(Key.Length + 1);

    /// <summary>A copy that stands under another key; its places and the folder of its paths stay.</summary>
    internal ConfigValue At(string key)
    {
        ConfigValue value = new(Kind, _text, key, Place, Folder);
        foreach ((string name, ConfigValue member) in Members)
            value.Members.Add((name, member.At(ConfigPath.Join(key, name))));
        for (int i = 0; i < Elements.Count; i++) value.Elements.Add(Elements[i].At(ConfigPath.Join(key, i)));
        return value;
    }

    private ConfigValue From(int start)
    {
        ConfigValue value = new(Kind, _text, Key.Length > start ? Key[start..] : "", Place, Folder);
        foreach ((string name, ConfigValue member) in Members) value.Members.Add((name, member.From(start)));
        foreach (ConfigValue element in Elements) value.Elements.Add(element.From(start));
        return value;
    }

    private static string Shorten(string text) => text.Length <= 60 ? text : $"{text.AsSpan(0, 60)}…";

    private ConfigValue Require(ConfigKind kind, string expected) => Kind == kind ? this : throw Wrong(expected);
}
