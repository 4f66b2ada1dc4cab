namespace CrossPT.Prompting.Configuration;

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
