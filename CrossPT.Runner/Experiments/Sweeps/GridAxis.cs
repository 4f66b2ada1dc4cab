using CrossPT.Prompting.Configuration;

namespace CrossPT.Runner.Experiments.Sweeps;

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
