using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Methods;

/// <summary>
/// Full fine-tuning: no prompt at all; all weights of the model are trained, one model for all tasks.
/// <code>input_k = E,   all parameters of the model trained</code>
/// A run saves the model instead of prompts.
/// </summary>
public sealed class FullFineTuning : ITrainablePrompts
{
    /// <summary>Trains a model's own weights; the model stays the caller's.</summary>
    /// <exception cref="ArgumentException">It was not loaded to be trained.</exception>
    public FullFineTuning(T5Model model, IReadOnlyList<string> tasks)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tasks);
        if (model.Parameters.Count == 0)
        {
            throw new ArgumentException(
                "FullFineTuning: a frozen model, expected one that was loaded to be trained.", nameof(model));
        }
        if (tasks.Count == 0) throw new ArgumentException("FullFineTuning: no tasks.", nameof(tasks));
        Tasks = [.. tasks];
        Width = model.Config.ModelWidth;
        // Clipped together, as is usual where one model is trained on everything.
        Parameters =
        [
            .. model.Parameters.Select(
                static one => new PromptParameter(one.Name, one.Variable, ParameterRole.Model, "model")),
        ];
    }

    private FullFineTuning(IReadOnlyList<string> tasks, int width)
    {
        Tasks = tasks;
        Width = width;
        Parameters = [];
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Tasks { get; }

    /// <inheritdoc/>
    public int Length => 0;

    /// <inheritdoc/>
    public int Width { get; }

    /// <inheritdoc/>
    public PromptPosition Position => PromptPosition.Before;

    /// <inheritdoc/>
    public bool ReadsTexts => false;

    /// <inheritdoc/>
    public IReadOnlyList<PromptParameter> Parameters { get; }

    /// <summary>After training: the model reads the text alone, and nothing is trained any more.</summary>
    internal static FullFineTuning Trained(IReadOnlyList<string> tasks, int width) => new(tasks, width);

    /// <inheritdoc/>
    public ComposedPrompts Compose(Tape tape, PromptContext context)
    {
        ArgumentNullException.ThrowIfNull(tape);
        ArgumentNullException.ThrowIfNull(context);
        return new ComposedPrompts(Variable.Constant(tape.Allocate(0, Width)), new int[context.Tasks.Count]);
    }

    /// <summary>Frees nothing: the model is the caller's.</summary>
    public void Dispose()
    {
    }
}
