namespace CrossPT.Prompting.Configuration;

/// <summary>Lays a configuration over a method's settings: section by section, every other value as a whole.</summary>
internal static class ConfigMerge
{
    private static readonly string[] s_containers = ["", "prompt", "prompt.sources", "prompt.private", "prompt.target", "router", "training", "training.learningRate"];

    /// <summary>Whether what stands at a key is a section whose keys are laid over one by one.</summary>
    public static bool IsContainer(string key) => s_containers.Contains(key);

    /// <summary>Whether a key is one of the configuration's at all; a mistyped one is told as such by who reads it.</summary>
    public static bool Knows(string key)
    {
        int dot = key.LastIndexOf('.');
        string section = dot < 0 ? "" : key[..dot], name = key[(dot + 1)..];
        return section switch
        {
            "prompt" => PromptSettingsReader.Keys.Contains(name),
            "prompt.sources" => PromptSettingsReader.SourceKeys.Contains(name),
            "prompt.private" or "prompt.target" => PromptSettingsReader.PrivateKeys.Contains(name),
            "router" => RouterSettingsReader.Keys.Contains(name),
            "training.learningRate" => RunConfigurationReader.RateKeys.Contains(name),
            _ => false,
        };
    }

    /// <summary>The values of <paramref name="over"/>, and those of <paramref name="under"/> where it has none.</summary>
    public static ConfigValue Merge(ConfigValue over, ConfigValue under) => Merge(over, under, "");

    // Its own keys and not the values': a run's record has the whole configuration under a key.
    private static ConfigValue Merge(ConfigValue over, ConfigValue under, string key)
    {
        if (over.Kind != ConfigKind.Section || under.Kind != ConfigKind.Section || !IsContainer(key)) return over;
        ConfigValue merged = new(ConfigKind.Section, "", over.Key, over.Place, over.Folder);
        foreach ((string name, ConfigValue value) in over.Members)
        {
            int index = under.Members.FindIndex(member => member.Name == name);
            merged.Members.Add((name, index < 0 ? value : value.Kind == ConfigKind.Null
                ? under.Members[index].Value
                : Merge(value, under.Members[index].Value, ConfigPath.Join(key, name))));
        }
        foreach ((string name, ConfigValue value) in under.Members)
        {
            if (over.Members.All(member => member.Name != name)) merged.Members.Add((name, value));
        }
        return merged;
    }
}
