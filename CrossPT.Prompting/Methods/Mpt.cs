using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;

namespace CrossPT.Prompting.Methods;

/// <summary>
/// MPT, multitask prompt tuning (Wang et al. 2023): all tasks share one prompt, which each multiplies by a low-rank
/// matrix.
/// <code>T_k = P* ∘ (U_k · V_k)</code>
/// Trained are P* [P, H], U_k [P, r] and V_k [r, H], on batches of all tasks. A run saves the products,
/// <c>private.TASK</c>. The paper's distillation from single-task teachers is left out.
/// </summary>
internal sealed class Mpt : PromptMethod
{
    private readonly IPrompt[] _prompts;

    public Mpt(PromptPlan plan, LayerFactory make)
        : base(plan)
    {
        MethodChecks.WithoutRouter(plan);
        _prompts = make.OwnPrompts(plan.Prompt.Private, "private", ParameterRole.Private, make.Length);
        Length = make.Length;
        Use([.. make.SharedPrompts, .. _prompts]);
    }

    private protected override ComposedPrompts ComposeBatch(Tape tape, PromptContext context)
        => PerTask(tape, Own(tape, _prompts, context), context);
}
