using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tasks;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Evaluation;

/// <summary>How well a target prompt does on examples of its task, by ranked label words.</summary>
public sealed class TaskEvaluation
{
    private TaskEvaluation(TaskDeclaration task, double[][] scores, int[] predicted, int[] actual)
    {
        (Task, Scores, Predicted, Actual) = (task, scores, predicted, actual);
        Metrics = [.. task.Metrics.Select(metric => (metric, TaskMetrics.Value(metric, predicted, actual)))];
        int majority = Enumerable.Range(0, task.Labels.Count).MaxBy(label => actual.Count(one => one == label));
        MajorityMetrics = [.. task.Metrics.Select(metric => (metric, TaskMetrics.Value(metric, [.. actual.Select(_ => majority)], actual)))];
    }

    /// <summary>The task.</summary>
    public TaskDeclaration Task { get; }

    /// <summary>Log-likelihoods [examples][labels].</summary>
    public IReadOnlyList<double[]> Scores { get; }

    /// <summary>The likeliest label of each example.</summary>
    public IReadOnlyList<int> Predicted { get; }

    /// <summary>The right label of each example.</summary>
    public IReadOnlyList<int> Actual { get; }

    /// <summary>The task's metrics, each in 0 to 1.</summary>
    public IReadOnlyList<(TaskMetric Metric, double Value)> Metrics { get; }

    /// <summary>What always answering the most frequent label would come to: nothing below it was learnt.</summary>
    public IReadOnlyList<(TaskMetric Metric, double Value)> MajorityMetrics { get; }

    /// <summary>Evaluates a prompt on examples.</summary>
    /// <param name="model">The frozen model.</param>
    /// <param name="prompts">The target prompts.</param>
    /// <param name="codec">The task, which is one of the prompts'.</param>
    /// <param name="examples">The examples.</param>
    /// <param name="batch">Texts worked on together.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="ArgumentException">There is no prompt for the task, or no example.</exception>
    public static TaskEvaluation Run(
        T5Model model, TargetPrompts prompts, TaskCodec codec, IReadOnlyList<EncodedExample> examples, int batch, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(codec);
        ArgumentNullException.ThrowIfNull(examples);
        int task = prompts.IndexOf(codec.Task.Name);
        if (task < 0) throw new ArgumentException($"There is no prompt for the task '{codec.Task.Name}', only for {string.Join(", ", prompts.Tasks)}.", nameof(codec));
        double[][] scores = LabelRanking.LogLikelihoods(model, prompts, task, [.. examples.Select(static example => example.Source)], codec.LabelIds, batch, cancellation);
        return new TaskEvaluation(codec.Task, scores, Array.ConvertAll(scores, static one => LabelRanking.Best(one)), [.. examples.Select(static example => example.Label)]);
    }

    /// <summary>Whether two evaluations agree to the last bit in every score.</summary>
    public bool EqualsBitwise(TaskEvaluation other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Scores.Count == other.Scores.Count && Scores.Zip(other.Scores).All(static pair =>
            pair.First.Select(BitConverter.DoubleToInt64Bits).SequenceEqual(pair.Second.Select(BitConverter.DoubleToInt64Bits)));
    }
}
