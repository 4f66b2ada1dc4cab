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
