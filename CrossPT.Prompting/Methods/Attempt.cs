using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Methods;

/// <summary>
/// ATTEMPT, attentional mixtures of soft prompts (Asai et al. 2022): each example attends over frozen source prompts
/// P_s and its task's own prompt P_k, which is then added once more.
/// <code>T(x) = P_k + Σ_j a_j(x) · P_j,   j over the source prompts and k</code>
/// The attention a(x) is <see cref="AttemptRouter"/>'s, one for all tasks. Trained are the P_k and the attention's two
/// linear layers. A run saves <c>source.NAME</c>, <c>private.TASK</c> and <c>router.…</c>: prompts depend on the text,
/// so that there is none to save of a task.
/// </summary>
internal sealed class Attempt : PromptMethod
{
    private readonly IPrompt[] _sources;
    private readonly IPrompt[] _prompts;
    private readonly AttemptRouter _router;
    private readonly PromptMixture _mixture;

    public Attempt(PromptPlan plan, LayerFactory make)
        : base(plan)
    {
        MethodChecks.Sources(plan, make.SourceNames);
        MethodChecks.Attempt(plan);
        _sources = make.Sources();
        _prompts = make.OwnPrompts(plan.Prompt.Private, "private", ParameterRole.Private, make.Length);
        _router = make.RouterByExample();
        int columns = _sources.Length + 1;
        _mixture = new PromptMixture(CompositionKind.Average, _sources.Length, Tasks.Count, hasPrivate: true, columns);
        Sources = make.SourceNames;
        Length = make.Length;
        Use([.. _sources, .. _prompts, _router]);
    }

    public override bool ReadsTexts => true;

    private protected override ComposedPrompts ComposeBatch(Tape tape, PromptContext context)
    {
        int[] tasks = [.. context.Tasks];
        Variable own = tape.Stack(_prompts);                                                            // [K, P·H]
        Variable bank = tape.ConcatenateRows(tape.Stack(_sources), own);                                // [S + K, P·H]
        RouterWeights attention = _router.Weights(tape, bank, _mixture.BankRowsOf(tasks), context);     // [B, S + 1]
        bool[] masked = Masked(context.Mask, _mixture.Columns);
        Variable prompts = _mixture.Compose(tape, attention, bank, tasks, masked);                      // [B, P·H]
        if (context.Mask is not { WithoutPrivate: true })
        {
            Tensor rows = TensorData.FromInt32(tape.Backend, tasks, tasks.Length);
            prompts = tape.Add(prompts, tape.GatherRows(own, rows));
        }
        int[] blocks = [.. Enumerable.Range(0, tasks.Length)];
        return new ComposedPrompts(tape.Reshape(prompts, tasks.Length * Length, Width), blocks)
        {
            Attention = attention.Values,
        };
    }
}
