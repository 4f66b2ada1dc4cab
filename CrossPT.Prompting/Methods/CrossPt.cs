using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;

namespace CrossPT.Prompting.Methods;

/// <summary>
/// CrossPT (Pouramini and Faili 2025): the prompt of a task is made of source prompts P_s that all tasks share, as much
/// of each as a router says, and of a private prompt of its own.
/// <code>T_k = Σ_s a_ks · P_s + P_k,   a_k = softmax(z_k / τ)</code>
/// <para>Variants are parameters of the same layers: the router's scores and normaliser (<see cref="TaskRouter"/>),
/// what becomes of the weighted prompts (<see cref="PromptMixture"/>: a sum, a concatenation, the largest), whether the
/// private prompt is a column of the router or combined with its result (<see cref="AddedPrompts"/>: a sum, a product,
/// a concatenation, with a share), whether a further prompt is added, and which of them start from what and are
/// trained. The presets SL, SIL, …, SSUM, MSUM and MCAT name the combinations that were published.</para>
/// <para>Trained are the logits z [K, S], the private prompts, the shares' gates, and the source prompts where asked
/// for. A run saves <c>source.NAME</c>, <c>private.TASK</c>, <c>added.TASK</c>, <c>share.…</c> and
/// <c>router.logits</c>.</para>
/// </summary>
internal sealed class CrossPt : PromptMethod
{
    private readonly IPrompt[] _sources;
    private readonly IPrompt[] _columns;
    private readonly AddedPrompts? _private;
    private readonly AddedPrompts? _target;
    private readonly IRouter _router;
    private readonly PromptMixture _mixture;

    public CrossPt(PromptPlan plan, LayerFactory make)
        : base(plan)
    {
        PromptSettings prompt = plan.Prompt;
        MethodChecks.Sources(plan, make.SourceNames);
        MethodChecks.CrossPt(plan, make.SourceNames);
        bool hasColumn = prompt.Private.Role == PrivateRole.Column;
        int columns = make.SourceNames.Count + (hasColumn ? 1 : 0);
        int chosen = plan.Router.TopK == 0 ? columns : plan.Router.TopK;
        _mixture = new PromptMixture(prompt.Composition, make.SourceNames.Count, Tasks.Count, hasColumn, chosen);
        _sources = make.Sources();
        _columns = hasColumn ? make.OwnPrompts(prompt.Private, "private", ParameterRole.Private, make.Length) : [];
        int length = make.Length * _mixture.LengthFactor;
        if (prompt.Private.Role == PrivateRole.Added)
        {
            _private = make.Added(prompt.Private, "private", ParameterRole.Private, length);
            length = _private.LengthWith(length);
        }
        if (prompt.Target is { } target)
        {
            _target = make.Added(target, "added", ParameterRole.Target, length);
            length = _target.LengthWith(length);
        }
        _router = make.RouterByTask(_mixture);
        Sources = make.SourceNames;
        Length = length;
        if (plan.Router.Kind == RouterKind.Task && TaskRouter.Warning(plan.Router, plan.Steps) is { } warning)
            Warnings = [warning];
        ILayer?[] layers = [.. _sources, .. make.SharedPrompts, .. _columns, _private, _target, _router];
        Use([.. layers.OfType<ILayer>()]);
    }

    public override bool HasPrivate => _private is not null || _target is not null || _columns.Length > 0;

    public override IReadOnlyList<string> Warnings { get; } = [];

    public override RouterTable Router => _router.Table(Backend, Tasks, ColumnNames);

    private string[] ColumnNames => _columns.Length > 0 ? [.. Sources, RouterTable.PrivateColumn] : [.. Sources];

    private protected override ComposedPrompts ComposeBatch(Tape tape, PromptContext context)
    {
        // Where each example has a sample of its own there is a row an example, else one a task.
        bool perExample = _router.IsPerExample(context.Moment);
        int[] tasks = perExample ? [.. context.Tasks] : [.. Enumerable.Range(0, Tasks.Count)];
        bool withoutPrivate = context.Mask is { WithoutPrivate: true };

        Variable bank = tape.Stack([.. _sources, .. _columns]);                                     // [S (+ K), P·H]
        RouterWeights weights = _router.Weights(tape, tasks, context.Moment);                       // [n, S (+ 1)]
        bool[] masked = Masked(context.Mask, _mixture.Columns);
        Variable prompts = _mixture.Compose(tape, weights, bank, tasks, masked);                    // [n, L·H]
        if (_private is not null) prompts = _private.Combine(tape, prompts, tasks, withoutPrivate);
        if (_target is not null) prompts = _target.Combine(tape, prompts, tasks, withoutPrivate);

        Variable rows = tape.Reshape(prompts, tasks.Length * Length, Width);
        return new ComposedPrompts(rows, perExample ? [.. Enumerable.Range(0, tasks.Length)] : context.Tasks);
    }
}
