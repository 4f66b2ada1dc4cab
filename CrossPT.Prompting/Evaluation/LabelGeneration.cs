using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Evaluation;

/// <summary>Writes answers by greedy decoding.</summary>
internal static class LabelGeneration
{
    /// <summary>Tokens beyond the longest answer, so that a text that only begins like it is told apart.</summary>
    private const int Margin = 5;

    public static string[] Texts(
        T5Model model, ITargetPrompts prompts, int task, TaskCodec codec, IReadOnlyList<EncodedExample> examples,
            int batch,
        CancellationToken cancellation, IProgress<WorkProgress>? progress)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        List<string> texts = [];
        foreach (EncodedExample[] part in examples.Chunk(batch))
        {
            cancellation.ThrowIfCancellationRequested();
            int longest = part.SelectMany(one => one.Candidates ?? codec.LabelIds).Max(static ids => ids.Length);
            PromptedBatch inputs = PromptedBatch.Create(
                [.. part.Select(one => (task, one.Source))], prompts.Length, prompts.Position);
            using TensorScope scope = new();
            using Tape tape = new(model.Backend, recording: false);
            Variable states = inputs.Encode(tape, model, prompts);
            foreach (int[] ids in model.Generate(states.Value, inputs.Sources, longest + Margin))
                texts.Add(codec.DecodeAnswer(ids));
            progress?.Report(LabelRanking.Done(codec.Task.Name, texts.Count, examples.Count));
        }
        return [.. texts];
    }
}
