namespace CrossPT.Prompting.Prompts;

/// <summary>
/// What the root mean square of each source prompt is set to. Real prompts differ several times in size, and a plain
/// average of them is mostly the largest; at one size their weights mean what they say.
/// </summary>
public enum SourceScale
{
    /// <summary>The mean over the source prompts: as large as they were trained, on average.</summary>
    Mean,

    /// <summary>That of the model's vocabulary embeddings: a prompt as loud as text.</summary>
    Vocabulary,

    /// <summary>Left as it is.</summary>
    None,
}

/// <summary>Sets source prompts to one size.</summary>
public static class SourceScaling
{
    /// <summary>The prompts at the size that <paramref name="scale"/> asks for.</summary>
    /// <param name="sources">The prompts.</param>
    /// <param name="scale">What size.</param>
    /// <param name="vocabularyRootMeanSquare">Asked for with <see cref="SourceScale.Vocabulary"/> only.</param>
    public static SourcePrompt[] Apply(
        IReadOnlyList<SourcePrompt> sources, SourceScale scale, Func<double> vocabularyRootMeanSquare)
    {
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(vocabularyRootMeanSquare);
        if (scale == SourceScale.None || sources.Count == 0) return [.. sources];
        double size = scale == SourceScale.Vocabulary
            ? vocabularyRootMeanSquare()
            : sources.Average(static source => source.RootMeanSquare);
        return [.. sources.Select(source => source.WithRootMeanSquare(size))];
    }
}
