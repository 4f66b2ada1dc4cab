using CrossPT.Autograd;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Training;

/// <summary>
/// Examples of any tasks end to end, without padding, each behind its own task's prompt: rows of the target prompts [K·P, H], then its text.
/// </summary>
public sealed class PromptedBatch
{
    private readonly int[] _ids;
    private readonly int[] _promptRows;

    private PromptedBatch(int[] ids, int[] promptRows, SequenceOffsets sources) => (_ids, _promptRows, Sources) = (ids, promptRows, sources);

    /// <summary>Token ids, R; 0 where a prompt row is.</summary>
    public ReadOnlySpan<int> Ids => _ids;

    /// <summary>Which row of the target prompts stands here, R; −1 where text does.</summary>
    public ReadOnlySpan<int> PromptRows => _promptRows;

    /// <summary>Rows of each example, its prompt included.</summary>
    public SequenceOffsets Sources { get; }

    /// <summary>Lays examples out.</summary>
    /// <param name="examples">The task's place and the token ids of each.</param>
    /// <param name="promptLength">P.</param>
    public static PromptedBatch Create(IReadOnlyList<(int Task, int[] Source)> examples, int promptLength)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(promptLength);
        SequenceOffsets sources = SequenceOffsets.FromLengths([.. examples.Select(example => promptLength + example.Source.Length)]);
        int[] ids = new int[sources.Rows], rows = new int[sources.Rows];
        Array.Fill(rows, -1);
        for (int i = 0; i < examples.Count; i++)
        {
            for (int p = 0; p < promptLength; p++) rows[sources[i] + p] = (examples[i].Task * promptLength) + p;
            examples[i].Source.CopyTo(ids, sources[i] + promptLength);
        }
        return new PromptedBatch(ids, rows, sources);
    }

    /// <summary>Encoder states [R, H].</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="model">The frozen model.</param>
    /// <param name="targetPrompts">The prompts of all tasks [K·P, H].</param>
    public Variable Encode(Tape tape, T5Model model, Variable targetPrompts)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Encode(tape, model.Embed(tape, _ids, targetPrompts, _promptRows), Sources);
    }
}
