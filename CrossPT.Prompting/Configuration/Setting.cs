using System.Collections;
using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Numerics;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace CrossPT.Prompting.Configuration;

/// <summary>
/// A key of a configuration section: a property of a record, described by the metadata that System.Text.Json generates
/// for it and by the attributes on it.
/// </summary>
internal sealed class Setting
{
    private static readonly ConcurrentDictionary<JsonTypeInfo, Setting[]> s_known = [];

    private readonly JsonPropertyInfo _property;
    private readonly JsonPropertyInfo? _owner;
    private readonly bool _isPath;

    private Setting(JsonPropertyInfo property, JsonPropertyInfo? owner)
    {
        _property = property;
        _owner = owner;
        _isPath = Find<FilePathAttribute>(property) is not null;
        Type = property.Options.GetTypeInfo(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType);
        Range = Find<RangeAttribute>(property);
        Required = Find<RequiredSettingAttribute>(property)?.Expected;
        NullWord = Find<NullWordAttribute>(property);
        Words = Find<WordsAttribute>(property);
        Effect = Find<EffectiveWithAttribute>(property);
        Format = Find<ValueFormatAttribute>(property) ?? FormatOf(Type);
        Defaults = [.. Attributes<DefaultWithAttribute>(property)];
    }

    /// <summary>The key.</summary>
    public string Name => _property.Name;

    /// <summary>The value's type; of a nullable one, the underlying type.</summary>
    public JsonTypeInfo Type { get; }

    /// <summary>The property.</summary>
    public MemberInfo Member => (MemberInfo)_property.AttributeProvider!;

    public RangeAttribute? Range { get; }

    /// <summary>Words for a missing key in messages; null where the key is optional.</summary>
    public string? Required { get; }

    public NullWordAttribute? NullWord { get; }

    public WordsAttribute? Words { get; }

    public EffectiveWithAttribute? Effect { get; }

    public ValueFormatAttribute? Format { get; }

    public IReadOnlyList<DefaultWithAttribute> Defaults { get; }

    /// <summary>Whether the value is a section with keys of its own.</summary>
    public bool IsSection => Format is null && Type.Kind == JsonTypeInfoKind.Object;

    /// <summary>The keys of a record's section, in the order in which they are written.</summary>
    public static IReadOnlyList<Setting> Of(JsonTypeInfo record) =>
        s_known.GetOrAdd(record, static record => [.. Enumerate(record, owner: null)]);

    /// <summary>
    /// The words for the values of an enumeration: the name in kebab case, unless an attribute has another.
    /// </summary>
    public static IReadOnlyList<(string Word, object Value)> WordsOf(JsonTypeInfo enumeration)
    {
        List<(string, object)> words = [];
        foreach (object number in Enum.GetValuesAsUnderlyingType(enumeration.Type))
        {
            object value = Enum.ToObject(enumeration.Type, number);
            words.Add((WordOf(value, enumeration), value));
        }
        return words;
    }

    /// <summary>The words alone, by the number of their value where these are 0, 1, ….</summary>
    public static string[] NamesOf(JsonTypeInfo enumeration) =>
        [.. WordsOf(enumeration).Select(static one => one.Word)];

    /// <summary>All settings below a record by key: <c>training.steps</c>, <c>tasks[0].name</c>.</summary>
    public static IEnumerable<(string Key, Setting Setting)> AllOf(JsonTypeInfo record, string path = "")
    {
        foreach (Setting setting in Of(record))
        {
            string key = ConfigPath.Join(path, setting.Name);
            yield return (key, setting);
            JsonTypeInfo type = setting.Type;
            if (setting.Format is not null) continue;
            if (type.Kind == JsonTypeInfoKind.Enumerable)
            {
                type = type.Options.GetTypeInfo(type.ElementType!);
                key = ConfigPath.Join(key, 0);
            }
            if (type.Kind != JsonTypeInfoKind.Object || FormatOf(type) is not null) continue;
            foreach ((string Key, Setting) inner in AllOf(type, key)) yield return inner;
        }
    }

    public object? Get(object record) => _property.Get!(Owner(record));

    public void Set(object record, object? value) => _property.Set!(Owner(record), value);

    /// <summary>Reads the value.</summary>
    /// <param name="value">The value in the configuration.</param>
    /// <param name="current">The record that a section is read into; null makes one.</param>
    /// <exception cref="ConfigurationException">It is no such value, or out of range.</exception>
    public object? Read(ConfigValue value, object? current)
    {
        if (Format is not null) return Format.Read(value);
        if (Words is not null) return value.AsChoice(Words.No, Words.Yes) == Words.Yes;
        if (NullWord is not null && value.Kind != ConfigKind.Number)
        {
            bool isOpen = value.Kind == ConfigKind.String && value.Text == NullWord.Word;
            return isOpen ? null : throw value.Wrong(NullWord.Expected);
        }
        return Read(value, Type, current);
    }

    /// <summary>The value of a record as a configuration has it; null where the key is left out.</summary>
    public ConfigValue? Write(object record)
    {
        object? value = Get(record);
        if (Format is not null) return Format.Write(value);
        if (value is null) return NullWord is null ? null : ConfigValue.Of(NullWord.Word);
        if (Words is not null) return ConfigValue.Of((bool)value ? Words.Yes : Words.No);
        ConfigValue written = Write(value, Type);
        return written is { Kind: ConfigKind.List, Elements.Count: 0 } ? null : written;
    }

    /// <summary>Whether the key has an effect beside the others of its section.</summary>
    public bool HasEffect(object record, IReadOnlyList<Setting> section)
    {
        if (Effect is null) return true;
        Setting other = section.First(setting => setting.Name == Effect.Key);
        return Effect.Values.Contains(other.Write(record)?.Text ?? "");
    }

    private static IEnumerable<Setting> Enumerate(JsonTypeInfo record, JsonPropertyInfo? owner)
    {
        foreach (JsonPropertyInfo property in record.Properties.OrderBy(static property => property.Order))
        {
            if (property.Get is null || property.Set is null) continue;
            if (Find<InlineAttribute>(property) is null)
            {
                yield return new Setting(property, owner);
                continue;
            }
            foreach (Setting inner in Enumerate(property.Options.GetTypeInfo(property.PropertyType), property))
                yield return inner;
        }
    }

    private static IEnumerable<T> Attributes<T>(JsonPropertyInfo property)
        where T : Attribute =>
        property.AttributeProvider?.GetCustomAttributes(typeof(T), inherit: true).Cast<T>() ?? [];

    private static T? Find<T>(JsonPropertyInfo property)
        where T : Attribute => Attributes<T>(property).FirstOrDefault();

    /// <summary>The format that all values of a type have, if there is one.</summary>
    public static ValueFormatAttribute? FormatOf(JsonTypeInfo type) =>
        type.Type.GetCustomAttribute<ValueFormatAttribute>();

    private object Owner(object record) => _owner is null ? record : _owner.Get!(record)!;

    private object Read(ConfigValue value, JsonTypeInfo type, object? current)
    {
        if (FormatOf(type) is { } format) return format.Read(value)!;
        if (type.Kind == JsonTypeInfoKind.Enumerable)
            return ReadList(value, type.Options.GetTypeInfo(type.ElementType!));
        if (type.Kind == JsonTypeInfoKind.Object)
        {
            object record = current ?? type.CreateObject!();
            ConfigRecord.Read(value.AsSection(), record, type);
            return record;
        }
        if (type.Type.IsEnum)
        {
            IReadOnlyList<(string Word, object Value)> words = WordsOf(type);
            string word = value.AsChoice([.. words.Select(static one => one.Word)]);
            return words.First(one => one.Word == word).Value;
        }
        if (type.Type == typeof(bool)) return value.AsBoolean();
        if (type.Type == typeof(int))
            return value.AsInt32(Bound(Range?.Minimum, int.MinValue), Bound(Range?.Maximum, int.MaxValue));
        if (type.Type == typeof(long))
            return value.AsInt64(Bound(Range?.Minimum, long.MinValue), Bound(Range?.Maximum, long.MaxValue));
        if (type.Type == typeof(double))
            return value.AsDouble(Bound(Range?.Minimum, double.MinValue), Bound(Range?.Maximum, double.MaxValue));
        return _isPath ? value.AsPath() : value.AsString();
    }

    private Array ReadList(ConfigValue value, JsonTypeInfo element)
    {
        IReadOnlyList<ConfigValue> values = value.AsList();
        Array items = Array.CreateInstance(element.Type, values.Count);
        for (int i = 0; i < values.Count; i++) items.SetValue(Read(values[i], element, current: null), i);
        return items;
    }

    private ConfigValue Write(object value, JsonTypeInfo type)
    {
        if (FormatOf(type) is { } format) return format.Write(value)!;
        if (type.Kind == JsonTypeInfoKind.Object) return ConfigRecord.Write(value, type);
        if (type.Kind == JsonTypeInfoKind.Enumerable)
        {
            JsonTypeInfo element = type.Options.GetTypeInfo(type.ElementType!);
            IEnumerable<object> items = ((IEnumerable)value).Cast<object>();
            return ConfigValue.Of([.. items.Select(item => Write(item, element))]);
        }
        return value switch
        {
            bool truth => ConfigValue.Of(truth),
            int or long or double => ConfigValue.OfNumber((IFormattable)value),
            string text => ConfigValue.Of(_isPath ? Path.GetFullPath(text) : text),
            _ => ConfigValue.Of(WordOf(value, type)),
        };
    }

    private static string WordOf(object value, JsonTypeInfo enumeration)
    {
        string name = JsonSerializer.SerializeToElement(value, enumeration).GetString()!;
        return name == value.ToString() ? JsonNamingPolicy.KebabCaseLower.ConvertName(name) : name;
    }

    private static T Bound<T>(object? bound, T absent)
        where T : INumber<T> =>
        bound is null ? absent : T.CreateSaturating(Convert.ToDouble(bound, CultureInfo.InvariantCulture));
}
