using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Runs;

/// <summary>
/// Prompts as evaluation takes them: finished ones where they are the same for every text, else those that compose anew
/// for each.
/// </summary>
internal sealed class EvaluationPrompts : IDisposable
{
    private readonly TargetPrompts? _finished;

    private EvaluationPrompts(ITargetPrompts prompts, TargetPrompts? finished)
    {
        Prompts = prompts;
        _finished = finished;
    }

    /// <summary>The prompts.</summary>
    public ITargetPrompts Prompts { get; }

    public static EvaluationPrompts Of(ITargetPrompts prompts, IBackend backend, PromptMask? mask)
    {
        if (prompts is PromptMethod graph && PromptsFile.HasTargets(graph))
        {
            TargetPrompts finished = TargetPrompts.Collapse(graph, backend, mask);
            return new EvaluationPrompts(finished, finished);
        }
        return new EvaluationPrompts(mask is null ? prompts : new MaskedPrompts(prompts, mask), null);
    }

    public void Dispose() => _finished?.Dispose();
}
