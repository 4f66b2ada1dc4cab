using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Tests.Configuration;

/// <summary>What the doc comments of configuration records say, in Markdown.</summary>
internal static partial class SettingDocs
{
    private static readonly EnumerationOptions s_anyCase = new() { MatchCasing = MatchCasing.CaseInsensitive };

    private static readonly Dictionary<string, XElement> s_members =
        Directory.EnumerateFiles(AppContext.BaseDirectory, "cross*.xml", s_anyCase)
            .SelectMany(static file => XDocument.Load(file).Descendants("member"))
            .DistinctBy(static member => member.Attribute("name")!.Value)
            .ToDictionary(static member => member.Attribute("name")!.Value);

    /// <summary>The summary of a setting's property.</summary>
    public static string Summary(Setting setting) => Text(IdOf(setting.Member), "summary");

    /// <summary>What is said of its default, where that is no value; else empty.</summary>
    public static string Default(Setting setting) =>
        Text(IdOf(setting.Member), "value").Replace("The default is ", "", StringComparison.Ordinal).TrimEnd('.');

    /// <summary>The summary of a record.</summary>
    public static string Summary(Type type) => Text($"T:{type.FullName}", "summary");

    /// <summary>The words of an enumeration, each with its summary.</summary>
    public static IEnumerable<(string Word, string Summary)> Words(JsonTypeInfo enumeration) =>
        Setting.WordsOf(enumeration).Select(
            one => (one.Word, Text($"F:{enumeration.Type.FullName}.{one.Value}", "summary")));

    private static string IdOf(MemberInfo member) => $"P:{member.DeclaringType!.FullName}.{member.Name}";

    private static string Text(string id, string part)
    {
        if (!s_members.TryGetValue(id, out XElement? member) || member.Element(part) is not { } element) return "";
        string text = string.Concat(element.Nodes().Select(static node => node switch
        {
            XText plain => plain.Value,
            XElement { Name.LocalName: "see" } see => $"`{NameOf(see.Attribute("cref")!.Value)}`",
            XElement inner => $"`{inner.Value}`",
            _ => "",
        }));
        return Space().Replace(text, " ").Trim();
    }

    /// <summary>A value of an enumeration as configurations write it; any other member by its name.</summary>
    private static string NameOf(string cref)
    {
        string name = cref[(cref.LastIndexOf('.') + 1)..];
        bool isField = cref.StartsWith("F:", StringComparison.Ordinal);
        return isField ? JsonNamingPolicy.KebabCaseLower.ConvertName(name) : name;
    }

    [GeneratedRegex("\\s+")]
    private static partial Regex Space();
}
