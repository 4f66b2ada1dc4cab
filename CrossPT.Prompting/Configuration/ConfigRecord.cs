using System.Text;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Pretraining;
using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Configuration;

/// <summary>
/// Reads and writes configuration records: what keys there are, their types, ranges and defaults follow from the
/// records' properties (docs/architecture.md).
/// </summary>
internal static class ConfigRecord
{
    /// <summary>Reads a section into a record that holds the defaults.</summary>
    /// <exception cref="ConfigurationException">
    /// A key is unknown, missing or without effect, or a value is wrong; the message names the place.
    /// </exception>
    public static void Read(ConfigSection section, object record, JsonTypeInfo type)
    {
        IReadOnlyList<Setting> settings = Setting.Of(type);
        section.Only([.. settings.Select(static setting => setting.Name)]);
        foreach (Setting setting in settings)
        {
            if (section.TryGet(setting.Name, out ConfigValue? value))
                setting.Set(record, setting.Read(value, setting.Get(record)));
            else if (setting.Required is { } expected)
                section.Require(setting.Name, expected);
        }
        foreach (Setting setting in settings)
        {
            if (section.TryGet(setting.Name, out ConfigValue? value)) CheckEffect(setting, value, record, type);
            else SetDefault(setting, record, settings);
        }
        (record as ICheckedRecord)?.Check(section);
    }

    /// <summary>Writes the settings of a record as a section, those that have an effect.</summary>
    /// <param name="record">The record.</param>
    /// <param name="type">Its metadata.</param>
    /// <param name="applies">Whether a key, from the top, is written; null for all.</param>
    /// <param name="path">Key of the section itself.</param>
    public static ConfigValue Write(
        object record, JsonTypeInfo type, Func<string, bool>? applies = null, string path = "")
    {
        IReadOnlyList<Setting> settings = Setting.Of(type);
        List<(string, ConfigValue)> members = [];
        foreach (Setting setting in settings)
        {
            string key = ConfigPath.Join(path, setting.Name);
            if (!setting.HasEffect(record, settings)) continue;
            if (setting.IsSection)
            {
                if (setting.Get(record) is not { } inner) continue;
                ConfigValue section = Write(inner, setting.Type, applies, key);
                // A section in a section is left out where nothing in it applies.
                if (section.Members.Count > 0 || path.Length == 0) members.Add((setting.Name, section));
            }
            else if ((applies is null || applies(key)) && setting.Write(record) is { } value)
            {
                members.Add((setting.Name, value));
            }
        }
        return ConfigValue.Of(members);
    }

    /// <summary>
    /// Refuses what a configuration could not have set either: a value out of range, or one without effect.
    /// </summary>
    /// <param name="record">A record that a program made.</param>
    /// <param name="type">Its metadata.</param>
    /// <param name="path">Key of its section.</param>
    /// <exception cref="ArgumentException">There is one; the message names its key.</exception>
    public static void Check(object record, JsonTypeInfo type, string path)
    {
        IReadOnlyList<Setting> settings = Setting.Of(type);
        object defaults = type.CreateObject!();
        foreach (Setting setting in settings)
        {
            string key = ConfigPath.Join(path, setting.Name);
            object? value = setting.Get(record);
            if (setting.IsSection)
            {
                if (value is not null) Check(value, setting.Type, key);
                continue;
            }
            if (setting.Range is { } range && !range.IsValid(value))
                throw Wrong(FormattableString.Invariant($"expected {range.Minimum} to {range.Maximum}"));
            if (setting.HasEffect(record, settings) || Equals(value, setting.Get(defaults))) continue;
            throw Wrong(setting.Effect!.Expected);

            ArgumentException Wrong(string problem) =>
                new($"{key} is {setting.Write(record)?.Describe() ?? "none"}, {problem}.");
        }
    }

    /// <summary>The setting of a key, from the top; null where there is none.</summary>
    /// <param name="type">The record of the whole configuration.</param>
    /// <param name="key">Without indices: <c>training.learningRate.private</c>.</param>
    public static Setting? Find(JsonTypeInfo type, string key)
    {
        Setting? found = null;
        foreach (string name in key.Split('.'))
        {
            if (found is { IsSection: false }) return null;
            found = Setting.Of(found?.Type ?? type).FirstOrDefault(setting => setting.Name == name);
            if (found is null) return null;
        }
        return found;
    }

    private static void SetDefault(Setting setting, object record, IReadOnlyList<Setting> section)
    {
        foreach (DefaultWithAttribute other in setting.Defaults)
        {
            if (section.First(one => one.Name == other.Key).Write(record)?.Text != other.Value) continue;
            ConfigValue value = ConfigReader.Read(Encoding.UTF8.GetBytes(other.Json), setting.Name, "");
            setting.Set(record, setting.Read(value, current: null));
        }
    }

    private static void CheckEffect(Setting setting, ConfigValue value, object record, JsonTypeInfo type)
    {
        if (setting.HasEffect(record, Setting.Of(type))) return;
        EffectiveWithAttribute effect = setting.Effect!;
        object? given = setting.Get(record);
        if (effect.AllowsDefault && (given is false || Equals(given, setting.Get(type.CreateObject!())))) return;
        throw new ConfigurationException(value.Place, $"{value.Key} {effect.Expected}");
    }
}

/// <summary>
/// The records that are read and written as JSON, with the metadata that the compiler generates for them.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    GenerationMode = JsonSourceGenerationMode.Metadata,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(RunConfiguration))]
[JsonSerializable(typeof(SourceEntry))]
[JsonSerializable(typeof(TaskDeclaration.NamedDeclaration))]
[JsonSerializable(typeof(MethodSources))]
[JsonSerializable(typeof(TaskLocation))]
[JsonSerializable(typeof(SplitShares))]
[JsonSerializable(typeof(PretrainingConfiguration))]
internal sealed partial class ConfigurationTypes : JsonSerializerContext;
