using CrossPT.Autograd;

namespace CrossPT.Prompting.Composition;

/// <summary>Where a target prompt stands.</summary>
public enum PromptPosition
{
    /// <summary>Before the text, as prompt tuning has it.</summary>
    Before,

    /// <summary>After the text and its end of sequence.</summary>
    After,
}

/// <summary>What stands beside the text of an example, by its task: finished prompts, or those being trained.</summary>
public interface ITargetPrompts : IDisposable
{
    /// <summary>Names of the tasks, in the order of their places; K.</summary>
    IReadOnlyList<string> Tasks { get; }

    /// <summary>Rows of a target prompt; 0 where nothing but the text is read.</summary>
    int Length { get; }

    /// <summary>Width of a row, H.</summary>
    int Width { get; }

    /// <summary>Where the rows stand.</summary>
    PromptPosition Position { get; }

    /// <summary>Whether a prompt depends on the example's text: then <see cref="PromptContext.Texts"/> is given.</summary>
    bool ReadsTexts { get; }

    /// <summary>The prompts of a batch.</summary>
    ComposedPrompts Compose(Tape tape, PromptContext context);
}
