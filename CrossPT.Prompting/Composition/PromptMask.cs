namespace CrossPT.Prompting.Composition;

/// <summary>Parts of a composed prompt left out in evaluation: what the score loses is what they were worth. The router's other weights stay as they are.</summary>
public sealed record PromptMask
{
    /// <summary>Names of the source prompts whose weight becomes 0.</summary>
    public IReadOnlySet<string> WithoutSources { get; init; } = new HashSet<string>();

    /// <summary>Whether the private part, routed or added, is left out.</summary>
    public bool WithoutPrivate { get; init; }
}
