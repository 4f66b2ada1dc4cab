using CrossPT.Autograd;

namespace CrossPT.Prompting.Composition;

/// <summary>Prompts with parts left out, for those that depend on the text and so cannot be finished beforehand.</summary>
/// <param name="prompts">The prompts; not owned.</param>
/// <param name="mask">What is left out.</param>
internal sealed class MaskedPrompts(ITargetPrompts prompts, PromptMask mask) : ITargetPrompts
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Tasks => prompts.Tasks;

    /// <inheritdoc/>
    public int Length => prompts.Length;

    /// <inheritdoc/>
    public int Width => prompts.Width;

    /// <inheritdoc/>
    public PromptPosition Position => prompts.Position;

    /// <inheritdoc/>
    public bool ReadsTexts => prompts.ReadsTexts;

    /// <inheritdoc/>
    public ComposedPrompts Compose(Tape tape, PromptContext context) => prompts.Compose(tape, context with { Mask = mask });

    /// <summary>Nothing: the prompts are the caller's.</summary>
    public void Dispose()
    {
    }
}
