namespace CrossPT.Runner.Results;

/// <summary>What varies over some runs.</summary>
/// <param name="Name">A path of the configuration, or <c>variant</c>.</param>
/// <param name="Values">The labels of its values, in order.</param>
internal sealed record ResultAxis(string Name, IReadOnlyList<string> Values)
{
    /// <summary>The axis that runs are averaged over.</summary>
    public const string Seed = "seed";

    public bool IsSeed => Name == Seed;
}
