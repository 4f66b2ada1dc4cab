using CrossPT.Autograd;
using CrossPT.Prompting.Prompts.Forms;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Routing.Attempt;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Composition;

/// <summary>One part of composed prompts, collapsed to numbers.</summary>
/// <param name="Name">
/// <c>source.NAME</c>, <c>private.TASK</c>, <c>added.TASK</c> [P, H], <c>update.TASK</c> [T, H], <c>router.…</c>, <c>share.…</c>.
/// </param>
/// <param name="Value">The numbers, of the compute type.</param>
public sealed record PromptPart(string Name, Tensor Value);

/// <summary>Collapses a graph part by part.</summary>
internal static class PromptParts
{
    /// <summary>All parts that composing needs.</summary>
    public static IReadOnlyList<PromptPart> Of(PromptGraphParts graph, IBackend backend)
    {
        using Tape tape = new(backend, recording: false);
        List<PromptPart> parts = [];
        IPromptRows[] prompts =
            [.. graph.Sources, .. graph.Columns ?? [], .. graph.Private?.Prompts ?? [], .. graph.Target?.Prompts ?? [], .. graph.Updates ?? []];
        foreach (IPromptRows prompt in prompts) parts.Add(new PromptPart(prompt.Name, prompt.Rows(tape).Value.Share()));
        foreach (AddedPrompts? added in (AddedPrompts?[])[graph.Private, graph.Target])
        {
            if (added?.Gates is { } gates) parts.Add(new PromptPart(added.GatesName, gates.Value.Share()));
        }
        switch (graph.Router)
        {
            case TaskRouter router:
                parts.Add(new PromptPart(TaskRouter.LogitsName, router.Logits.Value.Share()));
                break;
            case AttemptMixer mixer:
                parts.Add(new PromptPart(AttemptMixer.DownName, mixer.Down.Value.Share()));
                parts.Add(new PromptPart(AttemptMixer.UpName, mixer.Up.Value.Share()));
                parts.Add(new PromptPart(AttemptMixer.NormWeightName, mixer.NormWeight.Value.Share()));
                parts.Add(new PromptPart(AttemptMixer.NormBiasName, mixer.NormBias.Value.Share()));
                break;
        }
        return parts;
    }
}
