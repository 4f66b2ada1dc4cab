using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;

namespace CrossPT.Prompting.Methods;

/// <summary>
/// DePT, decomposed prompt tuning (Shi and Lipani 2024): a shorter prompt, and with what it saves a low-rank update of
/// the embeddings E of the text.
/// <code>input_k = [P_k; E + (A_k · B_k)[..length of E]]</code>
/// Trained are P_k [P, H], A_k [T, r] and B_k [r, H] of every task, with a learning rate of their own for A and B; T is
/// the longest text. A run saves <c>private.TASK</c> and <c>update.TASK</c> [T, H].
/// </summary>
internal sealed class Dept : PromptMethod
{
    private readonly IPrompt[] _prompts;
    private readonly IPrompt[] _updates;

    public Dept(PromptPlan plan, LayerFactory make)
        : base(plan)
    {
        MethodChecks.WithoutRouter(plan);
        MethodChecks.Updates(plan);
        _prompts = make.OwnPrompts(plan.Prompt.Private, "private", ParameterRole.Private, make.Length);
        _updates = make.Updates(plan.Prompt.UpdateRank);
        Length = make.Length;
        Use([.. _prompts, .. _updates]);
    }

    public override int TextUpdateLength => _updates[0].Length;

    private protected override ComposedPrompts ComposeBatch(Tape tape, PromptContext context)
    {
        Variable updates = tape.Reshape(tape.Stack(_updates), Tasks.Count * TextUpdateLength, Width);   // [K·T, H]
        return PerTask(tape, Own(tape, _prompts, context), context) with
        {
            TextUpdates = updates,
            TextUpdateLength = TextUpdateLength,
        };
    }
}
