using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Serving;

/// <summary>
/// Examples of any tasks of any runs end to end, without padding: prompts of different lengths, before or after their
/// texts, dependent on the text or not, and texts without a prompt.
/// </summary>
internal static class MixedBatch
{
    /// <summary>Encoder states [R, H] of the examples, in their order.</summary>
    public static Variable Encode(
        Tape tape, T5Model model, IReadOnlyList<ServingExample> examples, SequenceOffsets sources)
    {
        int[] ids = new int[sources.Rows];
        Array.Fill(ids, model.Config.PadId);
        for (int i = 0; i < examples.Count; i++)
            examples[i].Source.CopyTo(ids, sources[i] + TextStart(examples[i]));
        Variable embedded = model.Embed(tape, ids);
        var groups = Enumerable.Range(0, examples.Count)
            .Where(i => examples[i].Request.Task is not null)
            .GroupBy(i => examples[i].Request.Task!.Prompts.Value);
        foreach (IGrouping<ITargetPrompts, int> group in groups)
            Place(tape, model, group.Key, [.. group], examples, sources, embedded.Value);
        return model.Encode(tape, embedded, sources);
    }

    /// <summary>
    /// Writes the prompts of some examples, and what they add to the texts, into the embeddings; and a router's weights
    /// that depend on the texts into the requests.
    /// </summary>
    private static void Place(
        Tape tape, T5Model model, ITargetPrompts prompts, int[] places, IReadOnlyList<ServingExample> examples,
        SequenceOffsets sources, Tensor embedded)
    {
        PromptContext context = new(Array.ConvertAll(places, i => examples[i].Request.Task!.Place));
        if (prompts.ReadsTexts)
        {
            int[] ids = [.. places.SelectMany(i => examples[i].Source)];
            context = context with
            {
                Texts = model.Embed(tape, ids),
                TextOffsets = SequenceOffsets.FromLengths(Array.ConvertAll(places, i => examples[i].Source.Length)),
            };
        }
        ComposedPrompts composed = prompts.Compose(tape, context);
        Tensor? weights = composed.Attention?.Value;
        double[][]? attention = weights is null ? null : [.. weights.ToDoubles().Chunk(weights.Columns)];
        for (int n = 0; n < places.Length; n++)
        {
            ServingExample example = examples[places[n]];
            int first = sources[places[n]];
            int length = prompts.Length;
            if (attention is not null) example.Request.Attention[example.Text] = attention[n];
            if (length > 0)
            {
                int row = prompts.Position == PromptPosition.Before ? first : first + example.Source.Length;
                Tensor rows = composed.Rows.Value.Slice(composed.Blocks[n] * length, length);
                tape.Backend.Elementwise.Copy(rows, embedded.Slice(row, length));
            }
            if (composed.TextUpdates is not { } updates) continue;
            int start = composed.Blocks[n] * composed.TextUpdateLength;
            Tensor update = updates.Value.Slice(start, example.Source.Length);
            Tensor text = embedded.Slice(first + TextStart(example), example.Source.Length);
            tape.Backend.Elementwise.Add(text, update, text);
        }
    }

    private static int TextStart(ServingExample example) =>
        example.Request.Task?.Prompts.Value is { Position: PromptPosition.Before } prompts ? prompts.Length : 0;
}
