using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Tests.Configuration;

/// <summary>The JSON Schema of a document, from its records and their doc comments.</summary>
internal sealed class ConfigurationSchema
{
    private static readonly JsonSerializerOptions s_indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    private readonly SortedDictionary<string, JsonNode> _records = new(StringComparer.Ordinal);

    public static string OfRuns()
    {
        ConfigurationTypes types = ConfigurationTypes.Default;
        return Create(
            "CrossPT run", types.RunConfiguration, types.SourceEntry, types.TaskDeclaration, types.TaskLocation,
            types.SplitShares);
    }

    /// <param name="title">The schema's title.</param>
    /// <param name="root">The record of the whole document.</param>
    /// <param name="referred">Records that only formats refer to.</param>
    public static string Create(string title, JsonTypeInfo root, params ReadOnlySpan<JsonTypeInfo> referred)
    {
        ConfigurationSchema schema = new();
        JsonObject document = schema.Section(root);
        foreach (JsonTypeInfo record in referred) schema.Reference(record);
        document.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        document.Insert(1, "title", title);
        if (schema._records.Count > 0)
        {
            document["$defs"] = new JsonObject(
                schema._records.Select(static one => KeyValuePair.Create<string, JsonNode?>(one.Key, one.Value)));
        }
        return document.ToJsonString(s_indented) + "\n";
    }

    private JsonObject Section(JsonTypeInfo record)
    {
        object defaults = record.CreateObject!();
        JsonObject properties = [];
        JsonArray required = [];
        foreach (Setting setting in Setting.Of(record))
        {
            JsonObject value = Value(setting);
            value.Insert(0, "description", SettingDocs.Summary(setting));
            bool hasDefault = !setting.IsSection && setting.Required is null;
            if (hasDefault && setting.Write(defaults) is { } absent && ConfigJson.Text(absent) != "\"\"")
                value["default"] = ToNode(absent);
            properties[setting.Name] = value;
            if (setting.Required is not null) required.Add(setting.Name);
        }
        JsonObject section = new() { ["type"] = "object", ["properties"] = properties };
        if (required.Count > 0) section["required"] = required;
        section["additionalProperties"] = false;
        return section;
    }

    private JsonObject Value(Setting setting)
    {
        if (setting.Format is not null) return (JsonObject)JsonNode.Parse(setting.Format.Schema)!;
        if (setting.Words is { } words) return new JsonObject { ["enum"] = new JsonArray(words.No, words.Yes) };
        JsonObject value = Value(setting.Type, setting);
        return setting.NullWord is null
            ? value
            : new JsonObject { ["anyOf"] = new JsonArray(value, new JsonObject { ["const"] = setting.NullWord.Word }) };
    }

    private JsonObject Value(JsonTypeInfo type, Setting setting)
    {
        if (type.Kind == JsonTypeInfoKind.Object) return Reference(type);
        if (type.Kind == JsonTypeInfoKind.Enumerable)
        {
            JsonTypeInfo element = type.Options.GetTypeInfo(type.ElementType!);
            ValueFormatAttribute? format = Setting.FormatOf(element);
            JsonNode items = format is null ? Value(element, setting) : JsonNode.Parse(format.Schema)!;
            return new JsonObject { ["type"] = "array", ["items"] = items };
        }
        if (type.Type.IsEnum)
        {
            IEnumerable<JsonNode> words = SettingDocs.Words(type).Select(
                static one => new JsonObject { ["const"] = one.Word, ["description"] = one.Summary });
            return new JsonObject { ["oneOf"] = new JsonArray([.. words]) };
        }
        if (type.Type == typeof(bool)) return new JsonObject { ["type"] = "boolean" };
        if (type.Type == typeof(string)) return new JsonObject { ["type"] = "string" };
        JsonObject number = new() { ["type"] = type.Type == typeof(double) ? "number" : "integer" };
        number["minimum"] = Number(setting.Range!.Minimum);
        if (type.Type != typeof(long)) number["maximum"] = Number(setting.Range.Maximum);
        return number;
    }

    private JsonObject Reference(JsonTypeInfo record)
    {
        string name = record.Type.Name;
        // Entered before what it holds, which may refer to it.
        if (_records.TryAdd(name, new JsonObject())) _records[name] = Section(record);
        return new JsonObject { ["$ref"] = $"#/$defs/{name}" };
    }

    private static JsonNode Number(object bound) =>
        JsonNode.Parse(string.Create(CultureInfo.InvariantCulture, $"{bound}"))!;

    private static JsonNode ToNode(ConfigValue value) => JsonNode.Parse(ConfigJson.Text(value))!;
}
