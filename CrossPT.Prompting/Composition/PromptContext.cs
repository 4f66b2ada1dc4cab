using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Composition;

/// <summary>What the prompts of a batch may depend on besides their parameters.</summary>
/// <param name="Tasks">Place of the task of each example, B.</param>
public sealed record PromptContext(IReadOnlyList<int> Tasks)
{
    /// <summary>The step of training; null in evaluation, which is a function of the parameters and the text alone.</summary>
    public TrainingMoment? Moment { get; init; }

    /// <summary>Embeddings of the texts end to end [R, H], without prompts; given where <see cref="ITargetPrompts.ReadsTexts"/> asks for them.</summary>
    public Variable? Texts { get; init; }

    /// <summary>Where each text begins in <see cref="Texts"/>.</summary>
    public SequenceOffsets? TextOffsets { get; init; }

    /// <summary>What is left out, to see what it is worth; null for nothing.</summary>
    public PromptMask? Mask { get; init; }

    /// <summary>The context in which every task stands once, in order: for prompts that do not depend on the example.</summary>
    public static PromptContext Of(ITargetPrompts prompts)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        return new PromptContext([.. Enumerable.Range(0, prompts.Tasks.Count)]);
    }
}

/// <summary>Where training is: with the run's seed, all that its randomness depends on.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Step">The step, counted from 0.</param>
public readonly record struct TrainingMoment(ulong Seed, int Step);
