using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Tensors;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Methods;

/// <summary>Everything that a run's prompts are made from.</summary>
public sealed record PromptPlan
{
    /// <summary>The prompts' settings.</summary>
    public PromptSettings Prompt { get; init; } = new();

    /// <summary>The router's settings.</summary>
    public RouterSettings Router { get; init; } = new();

    /// <summary>Gives the width, the vocabulary and the back end.</summary>
    public required T5Model Model { get; init; }

    /// <summary>For prompts that start from a text.</summary>
    public ITokenizer? Tokenizer { get; init; }

    /// <summary>Names of the K tasks.</summary>
    public required IReadOnlyList<string> Tasks { get; init; }

    /// <summary>
    /// Source prompts that are loaded, each [P or more, H]. Without a router, prompts may only start from them.
    /// </summary>
    public IReadOnlyList<SourcePrompt> Sources { get; init; } = [];

    /// <summary>
    /// Names of source prompts that start from <see cref="SourceSettings.Start"/> and are trained; they follow the
    /// loaded ones.
    /// </summary>
    public IReadOnlyList<string> AnonymousSources { get; init; } = [];

    /// <summary>The run's seed.</summary>
    public ulong Seed { get; init; }

    /// <summary>Steps of the training: where the router's temperature ends.</summary>
    public int Steps { get; init; } = 1;

    /// <summary>Most tokens of a text, T: what an update of the text's embeddings covers.</summary>
    public int TextLength { get; init; }

    /// <summary>
    /// By task, what <see cref="PromptStart.Tuned"/> starts from, and <see cref="StartSettings.Best"/> of
    /// <see cref="PromptStart.Source"/>.
    /// </summary>
    public IReadOnlyDictionary<string, SourcePrompt>? Starts { get; init; }

    /// <summary>
    /// The logits [K][S] of <see cref="RouterStart.Evidence"/> or <see cref="RouterStart.Trials"/>.
    /// </summary>
    public IReadOnlyList<double[]>? Evidence { get; init; }
}

/// <summary>
/// A method of prompt tuning before a frozen model: the layers it is made of, and how they compose the target prompts
/// of a batch. Composing depends on parameters, text, mask and training moment alone.
/// </summary>
public abstract class PromptMethod : ITrainablePrompts
{
    private IReadOnlyList<ILayer> _layers = [];

    private protected PromptMethod(PromptPlan plan)
    {
        Tasks = [.. plan.Tasks];
        Width = plan.Model.Config.ModelWidth;
        Position = plan.Prompt.Position;
        Backend = plan.Model.Backend;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Tasks { get; }

    /// <inheritdoc/>
    public int Length { get; private protected init; }

    /// <inheritdoc/>
    public int Width { get; }

    /// <inheritdoc/>
    public PromptPosition Position { get; }

    /// <inheritdoc/>
    public virtual bool ReadsTexts => false;

    /// <inheritdoc/>
    public IReadOnlyList<PromptParameter> Parameters { get; private set; } = [];

    /// <summary>Names of the S source prompts, in the order of the router's columns.</summary>
    public IReadOnlyList<string> Sources { get; private protected init; } = [];

    /// <summary>Whether tasks have something of their own that a mask can leave out.</summary>
    public virtual bool HasPrivate => true;

    /// <summary>Positions of the text that have an update, T; 0 for none.</summary>
    public virtual int TextUpdateLength => 0;

    /// <summary>Warnings for the user: a sentence each, without a full stop.</summary>
    public virtual IReadOnlyList<string> Warnings => [];

    /// <summary>
    /// The router's logits and weights by task; null where there is none, or where they depend on the text.
    /// </summary>
    public virtual RouterTable? Router => null;

    /// <summary>The method that the settings describe, before training: a function of the plan alone.</summary>
    /// <exception cref="ArgumentException">Settings contradict each other, or a size does not fit; the message names
    /// both.</exception>
    /// <exception cref="IOException">A file to start from is missing or broken.</exception>
    public static PromptMethod Create(PromptPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return Create(plan, [.. plan.Sources.Select(static source => source.Name), .. plan.AnonymousSources], null);
    }

    /// <summary>The same method, frozen, from its saved <see cref="Parts"/>: it composes to the same bits.</summary>
    /// <param name="plan">The settings it was created with; its sources are not read.</param>
    /// <param name="sources">Names of the source prompts, in their order.</param>
    /// <param name="parts">The parts by name, of the back end's compute type; they stay the caller's.</param>
    /// <exception cref="ArgumentException">A part is missing or of another size.</exception>
    public static PromptMethod Restore(
        PromptPlan plan, IReadOnlyList<string> sources, IReadOnlyDictionary<string, Tensor> parts)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(parts);
        // Saved logits start nowhere: the source prompt of a task's own may have been removed since.
        RouterSettings router = plan.Router.Kind == RouterKind.Task
            ? plan.Router with { Start = RouterStart.Zero }
            : plan.Router;
        return Create(plan with { Sources = [], AnonymousSources = [], Router = router }, [.. sources], parts);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A task is not one of these, a masked source is unknown, or texts are
    /// missing.</exception>
    public ComposedPrompts Compose(Tape tape, PromptContext context)
    {
        ArgumentNullException.ThrowIfNull(tape);
        ArgumentNullException.ThrowIfNull(context);
        foreach (int task in context.Tasks)
        {
            if ((uint)task < (uint)Tasks.Count) continue;
            throw new ArgumentException($"Compose: task {task}, expected 0 to {Tasks.Count - 1}.", nameof(context));
        }
        return ComposeBatch(tape, context);
    }

    /// <summary>
    /// What the prompts come to now, layer by layer. The tensors belong to the caller's <see cref="TensorScope"/>.
    /// </summary>
    public IReadOnlyList<PromptPart> Parts(IBackend backend)
    {
        using Tape tape = new(backend, recording: false);
        return [.. _layers.SelectMany(layer => layer.Save(tape))];
    }

    /// <summary>The source prompts as they are now, in the order of the router's columns.</summary>
    public SourcePrompt[] CollapseSources(IBackend backend)
    {
        using TensorScope scope = new();
        ILookup<string, Tensor> parts = Parts(backend).ToLookup(static part => part.Name, static part => part.Value);
        return [.. Sources.Select(name => new SourcePrompt(name, parts[$"source.{name}"].Single().ToSingles(), Width))];
    }

    /// <summary>Frees all layers.</summary>
    public void Dispose()
    {
        foreach (ILayer layer in _layers) layer.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The prompts of a batch whose tasks are known.</summary>
    private protected abstract ComposedPrompts ComposeBatch(Tape tape, PromptContext context);

    private protected IBackend Backend { get; }

    /// <summary>Says what the method is made of, in the order of parameters and saved parts.</summary>
    private protected void Use(params IReadOnlyList<ILayer> layers)
    {
        _layers = layers;
        Parameters = [.. layers.SelectMany(static layer => layer.Parameters)];
    }

    /// <summary>Composed prompts that are one a task, from <paramref name="prompts"/> [K, P·H].</summary>
    private protected ComposedPrompts PerTask(Tape tape, Variable prompts, PromptContext context)
        => new(tape.Reshape(prompts, Tasks.Count * Length, Width), context.Tasks);

    /// <summary>Every task's own prompt [K, P·H], or zeros where the mask leaves them out.</summary>
    private protected Variable Own(Tape tape, IReadOnlyList<IPrompt> prompts, PromptContext context)
        => context.Mask is { WithoutPrivate: true } ? tape.Zeros(Tasks.Count, Length * Width) : tape.Stack(prompts);

    /// <summary>
    /// The columns that a mask leaves out: source prompts, then the private column where there is one.
    /// </summary>
    private protected bool[] Masked(PromptMask? mask, int columns)
    {
        bool[] masked = new bool[columns];
        if (mask is null) return masked;
        foreach (string name in mask.WithoutSources)
        {
            int place = Sources.ToList().IndexOf(name);
            if (place < 0)
            {
                throw new ArgumentException(
                    $"Compose: no source prompt '{name}' to leave out, only {string.Join(", ", Sources)}.",
                    nameof(mask));
            }
            masked[place] = true;
        }
        if (columns > Sources.Count) masked[^1] = mask.WithoutPrivate;
        return masked;
    }

    private static PromptMethod Create(PromptPlan plan, string[] sources, IReadOnlyDictionary<string, Tensor>? parts)
    {
        MethodChecks.General(plan, sources);
        LayerFactory make = new(plan, sources, parts);
        try
        {
            return plan.Router.Kind switch
            {
                RouterKind.Attempt => new Attempt(plan, make),
                RouterKind.None when plan.Prompt.UpdateRank != 0 => new Dept(plan, make),
                RouterKind.None when plan.Prompt.Private.Form.Form == PromptForm.Multiplicative => new Mpt(plan, make),
                RouterKind.None => new PromptTuning(plan, make),
                _ => new CrossPt(plan, make),
            };
        }
        catch
        {
            make.Dispose();
            throw;
        }
    }
}
