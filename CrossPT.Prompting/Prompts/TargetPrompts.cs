using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Prompts;

/// <summary>Finished target prompts, one [P, H] a task: all that prediction needs, however they were trained.</summary>
public sealed class TargetPrompts : ITargetPrompts
{
    /// <summary>Prompts from their rows.</summary>
    /// <param name="tasks">Names of the K tasks.</param>
    /// <param name="rows">[K·P, H], those of the first task first; owned from now on.</param>
    /// <param name="position">Where they stand.</param>
    /// <param name="updates">What is added to the embeddings of a text [K·T, H], those of the first task first, owned
    /// from now on; null for nothing.</param>
    /// <exception cref="ArgumentException">The rows or updates are not as many for each task, or not of one
    /// width.</exception>
    public TargetPrompts(
        IReadOnlyList<string> tasks, Tensor rows, PromptPosition position = PromptPosition.Before,
        Tensor? updates = null)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(rows);
        if (tasks.Count == 0 || rows.Rows == 0 || rows.Rows % tasks.Count != 0)
        {
            throw new ArgumentException(
                $"TargetPrompts: {rows.Shape} for {tasks.Count} tasks, expected as many rows for each.", nameof(rows));
        }
        bool fits = updates is null
            || (updates.Rows > 0 && updates.Rows % tasks.Count == 0 && updates.Columns == rows.Columns);
        if (!fits)
        {
            throw new ArgumentException(
                $"TargetPrompts: updates {updates!.Shape} beside {rows.Shape} for {tasks.Count} tasks, "
                + "expected as many rows for each, as wide.", nameof(updates));
        }
        Tasks = [.. tasks];
        Rows = TensorScope.Detach(rows);
        TextUpdates = updates is null ? null : TensorScope.Detach(updates);
        Position = position;
    }

    /// <summary>Names of the tasks.</summary>
    public IReadOnlyList<string> Tasks { get; }

    /// <summary>All rows [K·P, H].</summary>
    public Tensor Rows { get; }

    /// <summary>Updates added to the embeddings of a text, by position [K·T, H]; null for none.</summary>
    public Tensor? TextUpdates { get; }

    /// <summary>Positions of a text that have an update, T; 0 for none.</summary>
    public int TextUpdateLength => TextUpdates is null ? 0 : TextUpdates.Rows / Tasks.Count;

    /// <summary>Rows of one prompt, P.</summary>
    public int Length => Rows.Rows / Tasks.Count;

    /// <summary>Width of a row, H.</summary>
    public int Width => Rows.Columns;

    /// <inheritdoc/>
    public PromptPosition Position { get; }

    /// <inheritdoc/>
    public bool ReadsTexts => false;

    /// <summary>The current rows of prompts that do not depend on the text.</summary>
    /// <exception cref="ArgumentException">They depend on the text.</exception>
    public static TargetPrompts Collapse(ITargetPrompts prompts, IBackend backend, PromptMask? mask = null)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        if (prompts.ReadsTexts)
        {
            throw new ArgumentException(
                "TargetPrompts: prompts that depend on the text of each example, expected such as do not.",
                nameof(prompts));
        }
        using TensorScope scope = new();
        using Tape tape = new(backend, recording: false);
        ComposedPrompts composed = prompts.Compose(tape, PromptContext.Of(prompts) with { Mask = mask });
        Tensor? updates = composed.TextUpdates is { } added ? Copy(added.Value) : null;
        return new TargetPrompts(prompts.Tasks, Copy(composed.Rows.Value), prompts.Position, updates);

        // What composing gives may be a trained prompt itself, which goes on changing.
        Tensor Copy(Tensor rows)
        {
            Tensor copy = Tensor.Allocate(backend, rows.Rows, rows.Columns);
            backend.Elementwise.Copy(rows, copy);
            return copy;
        }
    }

    /// <inheritdoc/>
    public ComposedPrompts Compose(Tape tape, PromptContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new ComposedPrompts(Variable.Constant(Rows), context.Tasks)
        {
            TextUpdates = TextUpdates is null ? null : Variable.Constant(TextUpdates),
            TextUpdateLength = TextUpdateLength,
        };
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
    public void Dispose()
    {
        Rows.Dispose();
        TextUpdates?.Dispose();
    }
}
