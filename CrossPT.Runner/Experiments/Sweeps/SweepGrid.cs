using CrossPT.Prompting.Configuration;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>A grid as read: a configuration and the axes over it, which all multiply.</summary>
internal sealed record SweepGrid
{
    /// <summary>Name of the sweep.</summary>
    public required string Name { get; init; }

    /// <summary>What reports call it.</summary>
    public string? Title { get; init; }

    /// <summary>What it is about.</summary>
    public string? About { get; init; }

    /// <summary>The file, for messages.</summary>
    public required string Place { get; init; }

    /// <summary>The whole document.</summary>
    public required ConfigValue Document { get; init; }

    /// <summary>What every run starts from.</summary>
    public required ConfigValue Configuration { get; init; }

    /// <summary>The axes in the order of the document; the last one changes fastest.</summary>
    public required IReadOnlyList<GridAxis> Axes { get; init; }

    /// <summary>What runs are compared with: labels by axis; null where the grid says nothing.</summary>
    public IReadOnlyDictionary<string, string>? Baseline { get; init; }
}

/// <summary>One way in which the runs of a sweep differ.</summary>
/// <param name="Name">The path that it sets; of several that advance together, all of them; <c>variant</c> for named
/// settings.</param>
/// <param name="Choices">What it can be, in order.</param>
internal sealed record GridAxis(string Name, IReadOnlyList<GridChoice> Choices);

/// <summary>One value of an axis.</summary>
/// <param name="Label">The value as tables show it; a variant's name.</param>
/// <param name="NamePart">What it adds to the name of a run.</param>
/// <param name="Settings">Configuration paths and what they are set to.</param>
internal sealed record GridChoice(
    string Label, string NamePart, IReadOnlyList<(string Path, ConfigValue Value)> Settings);

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
