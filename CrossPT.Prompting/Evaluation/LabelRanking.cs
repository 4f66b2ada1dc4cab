using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Evaluation;

/// <summary>Scores a task's label words for texts: what predicting is made of.</summary>
public static class LabelRanking
{
    /// <summary>
    /// Log-likelihoods [texts][labels], each the sum over all tokens of a label and its end of sequence.
    /// </summary>
    /// <param name="model">The frozen model.</param>
    /// <param name="prompts">The target prompts.</param>
    /// <param name="task">The task's place in them.</param>
    /// <param name="sources">Token ids of each text.</param>
    /// <param name="labels">Token ids of each label.</param>
    /// <param name="batch">Texts worked on together.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <remarks>The same texts in the same batches give the same bits.</remarks>
    public static double[][] LogLikelihoods(
        T5Model model, ITargetPrompts prompts, int task, IReadOnlyList<int[]> sources, IReadOnlyList<int[]> labels,
        int batch,
        CancellationToken cancellation = default, IProgress<WorkProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        double[][] scores = new double[sources.Count][];
        for (int first = 0; first < sources.Count; first += batch)
        {
            cancellation.ThrowIfCancellationRequested();
            PromptedBatch inputs = PromptedBatch.Create(
                [.. sources.Skip(first).Take(batch).Select(source => (task, source))], prompts.Length,
                prompts.Position);
            using TensorScope scope = new();
            using Tape tape = new(model.Backend, recording: false);
            Variable states = inputs.Encode(tape, model, prompts);
            model.Rank(states.Value, inputs.Sources, labels).CopyTo(scores, first);
            progress?.Report(Done(prompts.Tasks[task], Math.Min(first + batch, sources.Count), sources.Count));
        }
        return scores;
    }

    /// <summary>
    /// Log-likelihoods [examples][labels], or [examples][candidates] where every example has its own.
    /// </summary>
    internal static double[][] LogLikelihoods(
        T5Model model, ITargetPrompts prompts, int task, TaskCodec codec, IReadOnlyList<EncodedExample> examples,
        int batch,
        CancellationToken cancellation, IProgress<WorkProgress>? progress = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        if (codec.Task.Kind != TaskKind.Candidates)
        {
            return LogLikelihoods(
                model, prompts, task, [.. examples.Select(static one => one.Source)], codec.LabelIds, batch,
                cancellation, progress);
        }
        List<double[]> scores = [];
        foreach (EncodedExample[] part in examples.Chunk(batch))
        {
            cancellation.ThrowIfCancellationRequested();
            PromptedBatch inputs = PromptedBatch.Create(
                [.. part.Select(one => (task, one.Source))], prompts.Length, prompts.Position);
            using TensorScope scope = new();
            using Tape tape = new(model.Backend, recording: false);
            Variable states = inputs.Encode(tape, model, prompts);
            for (int i = 0; i < part.Length; i++)
            {
                int rows = inputs.Sources.LengthOf(i);
                IReadOnlyList<int[]> candidates = part[i].Candidates
                    ?? throw new ArgumentException($"An example of the task '{codec.Task.Name}' has no candidates.");
                scores.Add(
                    model.Rank(
                        states.Value.Slice(inputs.Sources[i], rows), SequenceOffsets.FromLengths([rows]),
                        candidates)[0]);
            }
            progress?.Report(Done(codec.Task.Name, scores.Count, examples.Count));
        }
        return [.. scores];
    }

    internal static WorkProgress Done(string task, int done, int total) =>
        new($"evaluating {task}", done, total, "examples");

    /// <summary>Probabilities of the labels: softmax of their log-likelihoods.</summary>
    public static double[] Probabilities(ReadOnlySpan<double> logLikelihoods)
    {
        double[] result = logLikelihoods.ToArray();
        double largest = result.Max(), sum = 0;
        for (int i = 0; i < result.Length; i++) sum += result[i] = Math.Exp(result[i] - largest);
        for (int i = 0; i < result.Length; i++) result[i] /= sum;
        return result;
    }

    /// <summary>Place of the likeliest label; the first of equals.</summary>
    public static int Best(ReadOnlySpan<double> scores)
    {
        int best = 0;
        for (int i = 1; i < scores.Length; i++)
        {
            if (scores[i] > scores[best]) best = i;
        }
        return best;
    }
}
