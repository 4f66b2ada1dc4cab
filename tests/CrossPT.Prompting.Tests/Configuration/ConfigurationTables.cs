using System.Globalization;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Tests.Configuration;

/// <summary>
/// The tables of settings in the manual, each between a comment that names its section and one that ends it.
/// </summary>
internal static partial class ConfigurationTables
{
    /// <summary>A configuration that says as little as there is to say.</summary>
    private const string Least = """{ "model": "m", "tasks": [ { "name": "rte" } ], "sources": ["a.safetensors"] }""";

    /// <summary>The page with its tables as they follow from the records.</summary>
    public static string Replace(string page) => Table().Replace(page, static match =>
    {
        StringBuilder table = new(match.Groups["begin"].Value);
        table.Append("| key | meaning | values | default | beside |\n|---|---|---|---|---|\n");
        string section = match.Groups["section"].Value;
        foreach ((string key, Setting setting) in Setting.AllOf(ConfigurationTypes.Default.RunConfiguration))
        {
            bool isRow = key.StartsWith($"{section}.", StringComparison.Ordinal)
                && !key.StartsWith("prompt.target.", StringComparison.Ordinal)
                && (!setting.IsSection || key == "prompt.target");
            if (isRow) table.Append(Row(key, setting));
        }
        return table.Append("<!-- end -->").ToString();
    });

    /// <summary>A page with the tables of single records: all keys of each, without the ranges.</summary>
    public static string ReplaceRecords(string page) => RecordTable().Replace(page, static match =>
    {
        JsonTypeInfo record = ConfigurationTypes.Default.GetTypeInfo(
            typeof(TaskDeclaration).Assembly.GetType($"CrossPT.Prompting.Tasks.{match.Groups["record"].Value}")!)!;
        object defaults = record.CreateObject!();
        StringBuilder table = new(match.Groups["begin"].Value);
        table.Append("| key | meaning | unless given |\n|---|---|---|\n");
        foreach (Setting setting in Setting.Of(record))
        {
            string absent = setting.Required is not null ? "required" : SettingDocs.Default(setting);
            if (absent.Length == 0 && !setting.IsSection && setting.Write(defaults) is { } value)
                absent = $"`{ConfigJson.Text(value)}`";
            JsonTypeInfo type = setting.Type.ElementType is { } element
                ? setting.Type.Options.GetTypeInfo(element)
                : setting.Type;
            string words = setting.Format is null && type.Type.IsEnum
                ? $" {string.Join(", ", Setting.NamesOf(type).Select(static word => $"`{word}`"))}"
                : "";
            table.Append($"| `{setting.Name}` | {SettingDocs.Summary(setting)}{words} | {absent} |\n");
        }
        return table.Append("<!-- end -->").ToString();
    });

    private static string Row(string key, Setting setting)
    {
        (string beside, ConfigValue? value) = FindDefault(key, setting);
        string meaning = SettingDocs.Summary(setting).Replace("|", "\\|", StringComparison.Ordinal);
        string absent = value is null ? SettingDocs.Default(setting) : $"`{ConfigJson.Text(value)}`";
        string needed = beside.Length > 0 ? $"`{beside}` " : "";
        return $"| `{key}` | {meaning} | {Values(setting)} | {absent} | {needed}|\n";
    }

    private static string Values(Setting setting)
    {
        if (setting.Words is { } words) return $"`\"{words.No}\"`, `\"{words.Yes}\"`";
        if (setting.Format is not null || setting.IsSection) return "below";
        if (setting.Type.Type.IsEnum)
            return string.Join(", ", Setting.WordsOf(setting.Type).Select(static one => $"`\"{one.Word}\"`"));
        if (setting.Type.Type == typeof(bool)) return "`true`, `false`";
        return setting.Range is { } range
            ? string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} to {range.Maximum}")
            : "text";
    }

    /// <summary>The default, and the other setting without which this one has no effect.</summary>
    private static (string Beside, ConfigValue? Value) FindDefault(string key, Setting setting)
    {
        List<string> candidates = [""];
        if (setting.Effect is { } effect)
        {
            string value = effect.Values[0] is "true" ? "true" : $"\"{effect.Values[0]}\"";
            candidates.Add($"{key[..key.LastIndexOf('.')]}.{effect.Key}={value}");
        }
        string[] methods = [.. MethodDefinition.Names.Where(name => MethodDefinition.Find(name).Takes(key))];
        if (methods.Length > 0 && !methods.Contains(RunConfiguration.DefaultMethod))
            candidates.Add($"method=\"{methods[0]}\"");
        foreach (string beside in candidates)
        {
            if (ValueOf(key, beside) is { } value) return (beside, value);
        }
        return (candidates[^1], null);
    }

    private static ConfigValue? ValueOf(string key, string beside)
    {
        ConfigValue file = ConfigReader.Read(Encoding.UTF8.GetBytes(Least), "least", "/");
        if (beside.Length > 0) file = ConfigOverride.Apply(file, beside);
        bool hasSources = MethodDefinition.Names.All(
            name => beside != $"method=\"{name}\"" || MethodDefinition.Find(name).Sources != MethodSources.None);
        if (!hasSources) file.Members.RemoveAll(static member => member.Name == "sources");
        try
        {
            ConfigValue? value = RunConfiguration.Read(file, "least").ToValue();
            foreach (string name in key.Split('.')) value = value?.Members.Find(member => member.Name == name).Value;
            return value;
        }
        catch (ConfigurationException)
        {
            // A setting that must be given beside this one.
            return null;
        }
    }

    [GeneratedRegex("(?<begin><!-- settings (?<section>[\\w.]+) -->\\n).*?<!-- end -->", RegexOptions.Singleline)]
    private static partial Regex Table();

    [GeneratedRegex("(?<begin><!-- keys (?<record>\\w+) -->\\n).*?<!-- end -->", RegexOptions.Singleline)]
    private static partial Regex RecordTable();
}
