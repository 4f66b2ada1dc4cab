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
    /// Log-likelihoods [examples][labels], or [examples][candidates] where examples have their own: each the sum over
    /// all tokens of a label and its end of sequence.
    /// </summary>
    /// <param name="model">The frozen model.</param>
    /// <param name="prompts">The target prompts.</param>
    /// <param name="task">The task's place in them.</param>
    /// <param name="examples">The examples; their targets are not used.</param>
    /// <param name="labels">Token ids of each label.</param>
    /// <param name="batch">Examples worked on together.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <remarks>The same examples in the same batches give the same bits.</remarks>
    /// <exception cref="ArgumentException">There are neither labels nor candidates.</exception>
    public static double[][] LogLikelihoods(
        T5Model model, ITargetPrompts prompts, int task, IReadOnlyList<EncodedExample> examples,
        IReadOnlyList<int[]> labels, int batch, CancellationToken cancellation = default,
        IProgress<WorkProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        string name = prompts.Tasks[task];
        List<double[]> scores = [];
        foreach (EncodedExample[] part in examples.Chunk(batch))
        {
            cancellation.ThrowIfCancellationRequested();
            if (labels.Count == 0 && part.Any(static example => example.Candidates is not { Count: > 0 }))
                throw new ArgumentException($"An example of the task '{name}' has no candidates.", nameof(examples));
            Batch inputs = Batch.Create(task, part, prompts);
            using TensorScope scope = new();
            using Tape tape = new(model.Backend, recording: false);
            Tensor states = inputs.Encode(tape, model, prompts).Value;
            IReadOnlyList<int[]>[] ranked =
                Array.ConvertAll(part, example => labels.Count > 0 ? labels : example.Candidates!);
            scores.AddRange(model.Rank(states, inputs.Sources, ranked));
            progress?.Report(Done(name, scores.Count, examples.Count));
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
