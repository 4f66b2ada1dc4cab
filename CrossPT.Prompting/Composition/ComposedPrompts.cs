using CrossPT.Autograd;

namespace CrossPT.Prompting.Composition;

/// <summary>The prompts of a batch.</summary>
/// <param name="Rows">Blocks of <see cref="ITargetPrompts.Length"/> rows each, one after the other [·, H]: one a task or one an example.</param>
/// <param name="Blocks">Which block each example takes, B.</param>
public sealed record ComposedPrompts(Variable Rows, IReadOnlyList<int> Blocks)
{
    /// <summary>What is added to the embeddings of a text, position by position: blocks of as many rows as the longest text may have [·, H]; null for nothing.</summary>
    public Variable? TextUpdates { get; init; }

    /// <summary>Rows of one block of <see cref="TextUpdates"/>; no text is longer.</summary>
    public int TextUpdateLength { get; init; }

    /// <summary>Which block of <see cref="TextUpdates"/> each example takes, B; null where they are as <see cref="Blocks"/>.</summary>
    public IReadOnlyList<int>? TextUpdateBlocks { get; init; }
}
