using CrossPT.Autograd;
using CrossPT.Prompting.Composition;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Prompts;

/// <summary>Finished target prompts, one [P, H] a task: all that prediction needs, however they were trained.</summary>
public sealed class TargetPrompts : ITargetPrompts
{
    /// <summary>Prompts from their rows.</summary>
    /// <param name="tasks">Names of the K tasks.</param>
    /// <param name="rows">[K·P, H], those of the first task first; owned from now on.</param>
    /// <param name="position">Where they stand.</param>
    /// <exception cref="ArgumentException">The rows are not as many for each task.</exception>
    public TargetPrompts(IReadOnlyList<string> tasks, Tensor rows, PromptPosition position = PromptPosition.Before)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(rows);
        if (tasks.Count == 0 || rows.Rows == 0 || rows.Rows % tasks.Count != 0)
            throw new ArgumentException($"TargetPrompts: {rows.Shape} for {tasks.Count} tasks, expected as many rows for each.", nameof(rows));
        Tasks = [.. tasks];
        Rows = TensorScope.Detach(rows);
        Position = position;
    }

    /// <summary>Names of the tasks.</summary>
    public IReadOnlyList<string> Tasks { get; }

    /// <summary>All rows [K·P, H].</summary>
    public Tensor Rows { get; }

    /// <summary>Rows of one prompt, P.</summary>
    public int Length => Rows.Rows / Tasks.Count;

    /// <summary>Width of a row, H.</summary>
    public int Width => Rows.Columns;

    /// <inheritdoc/>
    public PromptPosition Position { get; }

    /// <inheritdoc/>
    public bool ReadsTexts => false;

    /// <summary>What prompts that do not depend on the text come to now.</summary>
    /// <exception cref="ArgumentException">They depend on the text.</exception>
    public static TargetPrompts Collapse(ITargetPrompts prompts, IBackend backend, PromptMask? mask = null)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        if (prompts.ReadsTexts) throw new ArgumentException("TargetPrompts: prompts that depend on the text of each example, expected such as do not.", nameof(prompts));
        using TensorScope scope = new();
        using Tape tape = new(backend, recording: false);
        return new TargetPrompts(prompts.Tasks, prompts.Compose(tape, PromptContext.Of(prompts) with { Mask = mask }).Rows.Value, prompts.Position);
    }

    /// <inheritdoc/>
    public ComposedPrompts Compose(Tape tape, PromptContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new ComposedPrompts(Variable.Constant(Rows), context.Tasks);
    }

    /// <summary>Place of a task, or −1.</summary>
    public int IndexOf(string task)
    {
        for (int i = 0; i < Tasks.Count; i++)
        {
            if (Tasks[i] == task) return i;
        }
        return -1;
    }

    /// <summary>A view of one task's prompt [P, H]; the caller disposes it.</summary>
    public Tensor this[int task] => Rows.Slice(task * Length, Length);

    /// <summary>Frees the rows.</summary>
    public void Dispose() => Rows.Dispose();
}
