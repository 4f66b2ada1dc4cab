using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>Ranking of fixed label strings by their log-likelihood.</summary>
internal static class Ranking
{
    /// <summary>Sources whose labels are decoded together: bounds the logits, [sources · label tokens, V].</summary>
    private const int MaxRows = 512;

    public static double[][] LogLikelihoods(T5Model model, Tensor states, SequenceOffsets sources, IReadOnlyList<int[]> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count == 0) throw new ArgumentException("Rank: no labels.", nameof(labels));
        double[][] scores = new double[sources.Count][];
        int perSource = Math.Max(1, labels.Sum(static label => label.Length)), step = Math.Max(1, MaxRows / perSource);
        for (int first = 0; first < sources.Count; first += step)
        {
            int count = Math.Min(step, sources.Count - first);
            using TensorScope scope = new();
            using Tape tape = new(model.Backend, recording: false);
            int[] lengths = new int[count];
            List<int[]> targets = [];
            for (int i = 0; i < count; i++)
            {
                lengths[i] = sources.LengthOf(first + i);
                targets.AddRange(labels);
            }
            TargetBatch batch = TargetBatch.Create(model.Config, targets, labels.Count);
            Tensor rows = states.Slice(sources[first], sources[first + count] - sources[first]);
            Variable logits = model.Decode(tape, batch, Variable.Constant(rows), SequenceOffsets.FromLengths(lengths));
            Tensor losses = tape.Allocate(batch.Labels.Length);
            model.Backend.Loss.CrossEntropy(logits.Value, model.LabelTensor(batch), losses, null, null);
            Sum(losses.ToDoubles(), batch.Sequences, labels.Count, scores.AsSpan(first, count));
        }
        return scores;
    }

    /// <summary>Probabilities of labels from their log-likelihoods: softmax over the labels.</summary>
    public static double[] Probabilities(ReadOnlySpan<double> logLikelihoods)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (double value in logLikelihoods) largest = Math.Max(largest, value);
        double[] result = new double[logLikelihoods.Length];
        for (int i = 0; i < result.Length; i++) sum += result[i] = Math.Exp(logLikelihoods[i] - largest);
        for (int i = 0; i < result.Length; i++) result[i] /= sum;
        return result;
    }

    private static void Sum(double[] losses, SequenceOffsets sequences, int labels, Span<double[]> scores)
    {
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = new double[labels];
            for (int label = 0; label < labels; label++)
                for (int row = sequences[(i * labels) + label]; row < sequences[(i * labels) + label + 1]; row++) scores[i][label] -= losses[row];
        }
    }
}
