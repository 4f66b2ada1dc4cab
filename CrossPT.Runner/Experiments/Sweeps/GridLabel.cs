using CrossPT.Prompting.Configuration;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>A value of an axis as names and tables show it.</summary>
internal static class GridLabel
{
    /// <summary>
    /// A string's characters, a number as it was written; lists and sections as JSON without its quotation marks.
    /// </summary>
    public static string Of(ConfigValue value)
    {
        if (value.Kind == ConfigKind.Null) return "null";
        if (value.Kind is not (ConfigKind.List or ConfigKind.Section)) return value.Text;
        return ConfigJson.Text(value).Replace("\"", "", StringComparison.Ordinal);
    }
}
