using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Prompts.Forms;
using CrossPT.Prompting.Routing;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Composition;

/// <summary>
/// Target prompts composed of source prompts, a router and private prompts: all sources of a batch are computed once, each composed prompt is a row of
/// one product, [n, S + K] · [S + K, P·H], and the added prompts come to it. Composing is a function of parameters, text, mask and moment alone.
/// </summary>
public sealed class PromptGraph : ITrainablePrompts
{
    private readonly PromptGraphParts _parts;

    internal PromptGraph(PromptGraphParts parts)
    {
        _parts = parts;
        int routed = parts.Layout is null ? 0 : parts.Sources[0].Length * parts.Layout.LengthFactor;
        int length = parts.Private?.LengthWith(routed) ?? routed;
        Length = parts.Target?.LengthWith(length) ?? length;
        Parameters =
        [
            .. parts.Sources.Concat(parts.Shared).Concat(parts.Columns ?? []).SelectMany(static prompt => prompt.Parameters),
            .. parts.Private?.Parameters ?? [],
            .. parts.Target?.Parameters ?? [],
            .. (parts.Updates ?? []).SelectMany(static update => update.Parameters),
            .. parts.Router?.Parameters ?? [],
        ];
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Tasks => _parts.Tasks;

    /// <inheritdoc/>
    public int Length { get; }

    /// <inheritdoc/>
    public int Width => _parts.Width;

    /// <inheritdoc/>
    public PromptPosition Position => _parts.Position;

    /// <inheritdoc/>
    public bool ReadsTexts => _parts.Router?.ReadsTexts ?? false;

    /// <inheritdoc/>
    public IReadOnlyList<PromptParameter> Parameters { get; }

    /// <summary>Names of the S source prompts, in the order of the router's columns.</summary>
    public IReadOnlyList<string> Sources => _parts.SourceNames;

    /// <summary>Whether tasks have something of their own, routed or added, that a mask can leave out.</summary>
    public bool HasPrivate => _parts.Private is not null || _parts.Target is not null || _parts.Columns is not null;

    /// <summary>Positions of the text that have an update, T; 0 for none.</summary>
    public int TextUpdateLength => _parts.Updates is { } updates ? updates[0].Length : 0;

    /// <summary>What a user should know: each one sentence, without a full stop.</summary>
    public IReadOnlyList<string> Warnings => _parts.Warnings;

    /// <summary>The router's logits and weights by task; null where it has none, or where they depend on the text.</summary>
    public RouterTable? Router => RouterTable.Of(_parts);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A task is not one of these, a masked source is unknown, or texts are missing.</exception>
    public ComposedPrompts Compose(Tape tape, PromptContext context)
    {
        ArgumentNullException.ThrowIfNull(tape);
        ArgumentNullException.ThrowIfNull(context);
        foreach (int task in context.Tasks)
        {
            if ((uint)task >= (uint)Tasks.Count) throw new ArgumentException($"PromptGraph: task {task}, expected 0 to {Tasks.Count - 1}.", nameof(context));
        }
        bool perExample = _parts.Router?.IsPerExample(context) ?? false, without = context.Mask?.WithoutPrivate ?? false;
        int[] rows = perExample ? [.. context.Tasks] : [.. Enumerable.Range(0, Tasks.Count)];
        Variable? privates = _parts.Private?.Stack(tape);
        Variable? composed = _parts.Router is null ? null : Routed(tape, context, rows, privates);
        if (_parts.Private is not null) composed = _parts.Private.Combine(tape, composed, privates!, rows, without);
        if (_parts.Target is not null) composed = _parts.Target.Combine(tape, composed, _parts.Target.Stack(tape), rows, without);
        int[] blocks = perExample ? [.. Enumerable.Range(0, rows.Length)] : [.. context.Tasks];
        ComposedPrompts result = new(tape.Reshape(composed!, rows.Length * Length, Width), blocks);
        if (_parts.Updates is null) return result;
        Variable stack = PromptStack.Of(tape, _parts.Updates, TextUpdateLength * Width);        // [K, T·H]
        Variable updates = tape.Reshape(stack, Tasks.Count * TextUpdateLength, Width);          // [K·T, H]
        return result with { TextUpdates = updates, TextUpdateLength = TextUpdateLength, TextUpdateBlocks = context.Tasks };
    }

    /// <summary>
    /// How much of each prompt of the bank the composed prompts of a batch take [n·blocks][S (+ K)]: with ATTEMPT's router, the attention of each example.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no router.</exception>
    public double[][] Weights(IBackend backend, PromptContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (_parts.Router is null) throw new InvalidOperationException("PromptGraph: there is no router.");
        using TensorScope scope = new();
        using Tape tape = new(backend, recording: false);
        int[] rows = _parts.Router.IsPerExample(context) ? [.. context.Tasks] : [.. Enumerable.Range(0, Tasks.Count)];
        Variable bank = Bank(tape, _parts.Private?.Stack(tape)), weights = _parts.Router.Mix(tape, bank, context, rows, Masked(context.Mask));
        return [.. weights.Value.ToDoubles().Chunk(weights.Shape[1])];
    }

    /// <summary>
    /// What the prompts come to now, part by part: from these, <see cref="PromptBuilder.Recompose"/> composes the same to the last bit. The tensors
    /// belong to the caller's <see cref="TensorScope"/>.
    /// </summary>
    public IReadOnlyList<PromptPart> Parts(IBackend backend) => PromptParts.Of(_parts, backend);

    /// <summary>
    /// The source prompts as they are now, in the order of the router's columns: what evidence is measured on, before training, and what is looked at after.
    /// </summary>
    public SourcePrompt[] CollapseSources(IBackend backend)
    {
        using TensorScope scope = new();
        using Tape tape = new(backend, recording: false);
        return [.. _parts.Sources.Select((prompt, source) => new SourcePrompt(Sources[source], prompt.Rows(tape).Value.ToSingles(), Width))];
    }

    /// <summary>Frees all prompts and the router.</summary>
    public void Dispose()
    {
        foreach (IPromptRows prompt in _parts.Sources.Concat(_parts.Columns ?? []).Concat(_parts.Updates ?? []).Concat(_parts.Shared)) prompt.Dispose();
        _parts.Private?.Dispose();
        _parts.Target?.Dispose();
        _parts.Router?.Dispose();
    }

    /// <summary>The routed prompts [n, L·H].</summary>
    private Variable Routed(Tape tape, PromptContext context, int[] rows, Variable? privates)
    {
        MixingLayout layout = _parts.Layout!;
        bool[] masked = Masked(context.Mask);
        Variable bank = Bank(tape, privates);                                                   // [S (+ K), P·H]
        int columns = bank.Value.Columns, blocks = layout.BlocksOf(masked);
        if (blocks == 0) return Zeros(tape, rows.Length, columns);
        Variable mixed = tape.Product(_parts.Router!.Mix(tape, bank, context, rows, masked), bank);
        switch (layout.Composition)
        {
            case CompositionKind.Concatenation:
                return tape.Reshape(mixed, rows.Length, blocks * columns);                      // [n·k, P·H] → [n, k·P·H]
            case CompositionKind.MaxPool:
                return tape.MaxRows(mixed, SequenceOffsets.Uniform(rows.Length, blocks));
            case CompositionKind.Product when !masked[layout.Sources]:
                int[] own = Array.ConvertAll(rows, task => layout.Sources + task);
                return tape.Multiply(mixed, tape.GatherRows(bank, TensorData.FromInt32(tape.Backend, own, own.Length)));
            default:
                return mixed;
        }
    }

    private Variable Bank(Tape tape, Variable? privates)
    {
        int columns = _parts.Sources[0].Length * Width;
        Variable sources = PromptStack.Of(tape, _parts.Sources, columns);
        if (_parts.PrivateIsColumn) return tape.ConcatenateRows(sources, privates!);
        return _parts.Columns is null ? sources : tape.ConcatenateRows(sources, PromptStack.Of(tape, _parts.Columns, columns));
    }

    private bool[] Masked(PromptMask? mask)
    {
        bool[] masked = new bool[_parts.Layout!.Columns];
        if (mask is null) return masked;
        foreach (string name in mask.WithoutSources)
        {
            int place = _parts.SourceNames.ToList().IndexOf(name);
            if (place < 0)
                throw new ArgumentException($"PromptGraph: no source prompt '{name}' to leave out, only {string.Join(", ", Sources)}.", nameof(mask));
            masked[place] = true;
        }
        if (_parts.Layout.HasPrivate && mask.WithoutPrivate) masked[^1] = true;
        return masked;
    }

    private static Variable Zeros(Tape tape, int rows, int columns)
    {
        Tensor zeros = tape.Allocate(rows, columns);
        tape.Backend.Elementwise.Fill(zeros, 0);
        return Variable.Constant(zeros);
    }
}
