using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;

namespace CrossPT.Prompting.Methods;

/// <summary>
/// Prompt tuning (Lester et al. 2021): each task k has a prompt of its own, and nothing else is trained.
/// <code>T_k = P_k</code>
/// The prompts P_k [P, H] may be full, of low rank, or a table through a perceptron (residual: Razdaibiedina et al.
/// 2023). A run saves <c>private.TASK</c>. SPoT (Vu et al. 2022) is this from the best source prompt, as is starting
/// from a prompt tuned before; "joint PT" trains all tasks on mixed batches, which changes nothing for prompts of their
/// own.
/// </summary>
internal sealed class PromptTuning : PromptMethod
{
    private readonly IPrompt[] _prompts;

    public PromptTuning(PromptPlan plan, LayerFactory make)
        : base(plan)
    {
        MethodChecks.WithoutRouter(plan);
        _prompts = make.OwnPrompts(plan.Prompt.Private, "private", ParameterRole.Private, make.Length);
        Length = make.Length;
        Use(_prompts);
    }

    private protected override ComposedPrompts ComposeBatch(Tape tape, PromptContext context)
        => PerTask(tape, Own(tape, _prompts, context), context);
}
