using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Prompts;

/// <summary>Where a target prompt stands.</summary>
public enum PromptPosition
{
    /// <summary>Before the text, as prompt tuning has it.</summary>
    Before,

    /// <summary>After the text and its end of sequence.</summary>
    After,
}

/// <summary>
/// What the model reads beside the text of an example, by its task: finished prompts, or prompts in training.
/// </summary>
public interface ITargetPrompts : IDisposable
{
    /// <summary>Names of the K tasks, in order.</summary>
    IReadOnlyList<string> Tasks { get; }

    /// <summary>Rows of a target prompt; 0 where the model reads the text alone.</summary>
    int Length { get; }

    /// <summary>Width of a row, H.</summary>
    int Width { get; }

    /// <summary>Where the rows stand.</summary>
    PromptPosition Position { get; }

    /// <summary>
    /// Whether a prompt depends on the example's text, which <see cref="PromptContext.Texts"/> must then hold.
    /// </summary>
    bool ReadsTexts { get; }

    /// <summary>The prompts of a batch.</summary>
    ComposedPrompts Compose(Tape tape, PromptContext context);
}

/// <summary>Target prompts in training.</summary>
public interface ITrainablePrompts : ITargetPrompts
{
    /// <summary>The trained parameters.</summary>
    IReadOnlyList<PromptParameter> Parameters { get; }
}

/// <summary>The inputs that the prompts of a batch may depend on besides their parameters.</summary>
/// <param name="Tasks">Index of the task of each example, B.</param>
public sealed record PromptContext(IReadOnlyList<int> Tasks)
{
    /// <summary>The training step; null in evaluation, which depends on the parameters and the text alone.</summary>
    public TrainingMoment? Moment { get; init; }

    /// <summary>
    /// Embeddings of the texts end to end [R, H], without prompts, if <see cref="ITargetPrompts.ReadsTexts"/>.
    /// </summary>
    public Variable? Texts { get; init; }

    /// <summary>Where each text begins in <see cref="Texts"/>.</summary>
    public SequenceOffsets? TextOffsets { get; init; }

    /// <summary>The parts left out; null for none.</summary>
    public PromptMask? Mask { get; init; }

    /// <summary>Every task once, in order: for prompts that do not depend on the example.</summary>
    public static PromptContext Of(ITargetPrompts prompts)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        return new PromptContext([.. Enumerable.Range(0, prompts.Tasks.Count)]);
    }
}

/// <summary>The step of a training run: with the run's seed, all that its randomness depends on.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Step">The step, counted from 0.</param>
public readonly record struct TrainingMoment(ulong Seed, int Step);

/// <summary>
/// Parts of a composed prompt left out in evaluation, to measure what they contribute. The router's other weights stay
/// as they are.
/// </summary>
public sealed record PromptMask
{
    /// <summary>Names of the source prompts whose weight becomes 0.</summary>
    public IReadOnlySet<string> WithoutSources { get; init; } = new HashSet<string>();

    /// <summary>Whether the private part, routed or added, is left out.</summary>
    public bool WithoutPrivate { get; init; }
}

/// <summary>The prompts of a batch.</summary>
/// <param name="Rows">Blocks of <see cref="ITargetPrompts.Length"/> rows each, one a task or one an example [·,
/// H].</param>
/// <param name="Blocks">The block of each example, B.</param>
public sealed record ComposedPrompts(Variable Rows, IReadOnlyList<int> Blocks)
{
    /// <summary>
    /// What is added to the embeddings of a text, position by position: a block of <see cref="TextUpdateLength"/> rows
    /// for each task [K·T, H]; null for nothing.
    /// </summary>
    public Variable? TextUpdates { get; init; }

    /// <summary>Rows of one block of <see cref="TextUpdates"/>, T; no text may be longer.</summary>
    public int TextUpdateLength { get; init; }

    /// <summary>
    /// The router's weights where they depend on the text: what each example takes of every source prompt and, last, of
    /// its task's own [B, S + 1]; otherwise null.
    /// </summary>
    public Variable? Attention { get; init; }
}

/// <summary>Prompts with parts left out, where they depend on the text and so cannot be computed beforehand.</summary>
/// <param name="prompts">The prompts; not owned.</param>
/// <param name="mask">Parts left out.</param>
internal sealed class MaskedPrompts(ITargetPrompts prompts, PromptMask mask) : ITargetPrompts
{
    public IReadOnlyList<string> Tasks => prompts.Tasks;

    public int Length => prompts.Length;

    public int Width => prompts.Width;

    public PromptPosition Position => prompts.Position;

    public bool ReadsTexts => prompts.ReadsTexts;

    public ComposedPrompts Compose(Tape tape, PromptContext context)
        => prompts.Compose(tape, context with { Mask = mask });

    public void Dispose()
    {
    }
}
