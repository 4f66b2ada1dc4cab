using System.Text.Json;

namespace CrossPT.Prompting.Configuration;

/// <summary>Lays <c>path=value</c> over a configuration.</summary>
internal static class ConfigOverride
{
    public static ConfigValue Apply(ConfigValue root, IEnumerable<string> overrides) =>
        overrides.Aggregate(root, Apply);

    public static ConfigValue Apply(ConfigValue root, string text)
    {
        string place = $"--set {text}";
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0) throw new ConfigurationException(place, "expected path=value");
        string key = text[..equals];
        IReadOnlyList<object> steps = Parse(key, place);
        ConfigValue value = ReadValue(text[(equals + 1)..], key, place, root.Folder);
        Replace(root, steps, value, place);
        return root;
    }

    /// <summary>
    /// Puts a value that was read elsewhere at a key; what is wrong with it is told by its own place.
    /// </summary>
    /// <exception cref="ConfigurationException">The key is none, or does not fit the configuration.</exception>
    public static void Apply(ConfigValue root, string key, ConfigValue value)
    {
        Replace(root, Parse(key, value.Place), value.At(key), value.Place);
    }

    private static IReadOnlyList<object> Parse(string key, string place) => ConfigPath.Parse(key)
        ?? throw new ConfigurationException(
            place, $"\"{key}\" is no key, expected one such as training.steps or tasks[0].shots");

    private static ConfigValue ReadValue(string text, string key, string place, string folder)
    {
        try
        {
            return ConfigReader.ReadValue(text, key, place, folder);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return new ConfigValue(ConfigKind.String, text, key, place, folder);
        }
    }

    private static void Replace(ConfigValue at, IReadOnlyList<object> steps, ConfigValue value, string place)
    {
        for (int i = 0; i < steps.Count; i++)
        {
            bool last = i == steps.Count - 1;
            if (steps[i] is int index) at = Element(at, index, last ? value : null, place);
            else at = Member(at, (string)steps[i], last ? value : null, place);
        }
    }

    private static ConfigValue Element(ConfigValue list, int index, ConfigValue? value, string place)
    {
        if (list.Kind != ConfigKind.List)
            throw new ConfigurationException(place, $"{list.Key} is {list.Describe()}, expected a list");
        int count = list.Elements.Count;
        if (index >= count)
            throw new ConfigurationException(place, $"{list.Key} has {count} entries, expected an index below that");
        if (value is not null) list.Elements[index] = value;
        return list.Elements[index];
    }

    private static ConfigValue Member(ConfigValue section, string name, ConfigValue? value, string place)
    {
        if (section.Kind != ConfigKind.Section)
            throw new ConfigurationException(place, $"{section.Key} is {section.Describe()}, expected a section");
        int index = section.Members.FindIndex(member => member.Name == name);
        // A section that only the override speaks of comes into being with it.
        value ??= index >= 0 && section.Members[index].Value.Kind != ConfigKind.Null
            ? section.Members[index].Value
            : new ConfigValue(ConfigKind.Section, "", ConfigPath.Join(section.Key, name), place, section.Folder);
        if (index >= 0) section.Members[index] = (name, value);
        else section.Members.Add((name, value));
        return value;
    }
}

/// <summary>Lays the keys of one section over those of another.</summary>
internal static class ConfigMerge
{
    /// <summary>
    /// A configuration over a method's settings: section by section, every other value as a whole. A key with null is
    /// as if it were not there.
    /// </summary>
    public static ConfigValue Merge(ConfigValue over, ConfigValue under) => Merge(over, under, "");

    /// <summary>A configuration whose tasks have what <c>eachTask</c> says and they do not.</summary>
    public static ConfigValue EachTask(ConfigValue configuration)
    {
        ConfigSection root = configuration.AsSection();
        if (!root.TryGet("eachTask", out ConfigValue? each) || each.Kind != ConfigKind.Section) return configuration;
        if (!root.TryGet("tasks", out ConfigValue? tasks) || tasks.Kind != ConfigKind.List) return configuration;
        ConfigValue list = new(ConfigKind.List, "", tasks.Key, tasks.Place, tasks.Folder);
        foreach (ConfigValue task in tasks.Elements)
            list.Elements.Add(task.Kind == ConfigKind.Section ? Over(task, each) : task);
        ConfigValue merged = new(ConfigKind.Section, "", configuration.Key, configuration.Place, configuration.Folder);
        foreach ((string name, ConfigValue value) in configuration.Members)
            merged.Members.Add((name, name == "tasks" ? list : value));
        return merged;
    }

    /// <summary>Whether the keys of a section are laid over one by one.</summary>
    public static bool IsSection(string key) =>
        key.Length == 0 || ConfigRecord.Find(ConfigurationTypes.Default.RunConfiguration, key) is { IsSection: true };

    // By keys counted from here, not the values' own: a run's record has the whole configuration under a key.
    private static ConfigValue Merge(ConfigValue over, ConfigValue under, string key)
    {
        bool isSection = over.Kind == ConfigKind.Section && under.Kind == ConfigKind.Section && IsSection(key);
        if (!isSection) return over;
        ConfigValue merged = Over(over, under);
        for (int i = 0; i < merged.Members.Count; i++)
        {
            (string name, ConfigValue value) = merged.Members[i];
            ConfigValue? inherited = under.Members.Find(member => member.Name == name).Value;
            if (inherited is not null && inherited != value)
                merged.Members[i] = (name, Merge(value, inherited, ConfigPath.Join(key, name)));
        }
        return merged;
    }

    /// <summary>The members of a section, and those of another that it has not.</summary>
    private static ConfigValue Over(ConfigValue over, ConfigValue under)
    {
        ConfigValue merged = new(ConfigKind.Section, "", over.Key, over.Place, over.Folder);
        merged.Members.AddRange(over.Members.Where(static member => member.Value.Kind != ConfigKind.Null));
        merged.Members.AddRange(
            under.Members.Where(member => merged.Members.All(own => own.Name != member.Name)));
        return merged;
    }
}
