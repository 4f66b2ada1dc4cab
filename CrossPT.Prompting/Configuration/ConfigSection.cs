using System.Diagnostics.CodeAnalysis;

namespace CrossPT.Prompting.Configuration;

/// <summary>
/// A section being read: each key is asked for by name, and <see cref="Complete"/> refuses those nobody asked for.
/// </summary>
public sealed class ConfigSection
{
    private readonly ConfigValue _value;
    private readonly List<string> _known = [];

    internal ConfigSection(ConfigValue value) => _value = value;

    /// <summary>The section as a value: its place and key.</summary>
    public ConfigValue Value => _value;

    /// <summary>
    /// Refuses every key but these, before any is read: a mistyped key is then told as such and not as a missing one.
    /// </summary>
    /// <exception cref="ConfigurationException">There is another; the message names the nearest of these.</exception>
    public ConfigSection Only(params ReadOnlySpan<string> names)
    {
        _known.AddRange(names);
        Complete();
        return this;
    }

    /// <summary>Looks a key up; a key that is there with <c>null</c> counts as absent.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out ConfigValue? value)
    {
        _known.Add(name);
        value = null;
        foreach ((string key, ConfigValue member) in _value.Members)
        {
            if (key == name && member.Kind != ConfigKind.Null) value = member;
        }
        return value is not null;
    }

    /// <summary>A key the configuration cannot do without.</summary>
    public ConfigValue Require(string name, string expected)
    {
        if (TryGet(name, out ConfigValue? value)) return value;
        string where = _value.Key.Length == 0 ? "" : $"{_value.Key}: ";
        throw new ConfigurationException(_value.Place, $"{where}no \"{name}\", expected {expected}");
    }

    /// <summary>A section inside this one; an empty one where it is absent, so that its defaults hold.</summary>
    public ConfigSection Section(string name) => TryGet(name, out ConfigValue? value)
        ? value.AsSection()
        : new ConfigSection(
            new ConfigValue(ConfigKind.Section, "", ConfigPath.Join(_value.Key, name), _value.Place, _value.Folder));

    /// <summary>One of some words; the first is the default.</summary>
    public string Choice(string name, params ReadOnlySpan<string> choices) =>
        TryGet(name, out ConfigValue? value) ? value.AsChoice(choices) : choices[0];

    /// <summary>Refuses a key that was not asked for.</summary>
    /// <exception cref="ConfigurationException">
    /// There is one; the message names what was probably meant, or the keys that are known.
    /// </exception>
    public void Complete()
    {
        foreach ((string key, ConfigValue member) in _value.Members)
        {
            if (_known.Contains(key)) continue;
            throw new ConfigurationException(member.Place, $"unknown key \"{member.Key}\"; {Meant(key, member.Key)}");
        }
    }

    private string Meant(string name, string key)
    {
        if (NearestName.Near(name, _known) is { } near) return $"the nearest known one is \"{near}\"";
        if (ForeignName.KeyOf(name) is { } own && own != key) return $"here it is called \"{own}\"";
        string known = string.Join(", ", _known.Distinct().Where(static one => one != "$schema"));
        return known.Length == 0 ? "no key is known here" : $"known are {known}";
    }
}
