using CrossPT.Autograd;

namespace CrossPT.Prompting.Composition;

/// <summary>Nothing beside the text: for a model that was trained whole.</summary>
/// <param name="tasks">Names of the tasks.</param>
/// <param name="width">H.</param>
internal sealed class NoPrompts(IReadOnlyList<string> tasks, int width) : ITargetPrompts
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Tasks => tasks;

    /// <inheritdoc/>
    public int Length => 0;

    /// <inheritdoc/>
    public int Width => width;

    /// <inheritdoc/>
    public PromptPosition Position => PromptPosition.Before;

    /// <inheritdoc/>
    public bool ReadsTexts => false;

    /// <inheritdoc/>
    public ComposedPrompts Compose(Tape tape, PromptContext context)
    {
        ArgumentNullException.ThrowIfNull(tape);
        ArgumentNullException.ThrowIfNull(context);
        return new ComposedPrompts(Variable.Constant(tape.Allocate(0, width)), new int[context.Tasks.Count]);
    }

    /// <summary>Nothing.</summary>
    public void Dispose()
    {
    }
}
