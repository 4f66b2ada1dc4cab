using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tasks;

namespace CrossPT.Runner.Experiments.Results;

/// <summary>
/// The test examples of a run on a task, as bootstrap draws them: one by one, or question by question where several
/// belong to one.
/// </summary>
internal sealed class ExampleSample
{
    private readonly TaskMetric _metric;
    private readonly TaskOutcome _outcome;
    private readonly double[]? _values;
    private readonly int[][] _units;

    private ExampleSample(TaskMetric metric, TaskOutcome outcome, double[]? values, int[][] units, ulong identity) =>
        (_metric, _outcome, _values, _units, Identity) = (metric, outcome, values, units, identity);

    /// <summary>How many are drawn.</summary>
    public int Units => _units.Length;

    /// <summary>The same for the same examples in the same order: runs that share it are drawn together.</summary>
    public ulong Identity { get; }

    /// <summary>The metric over all examples.</summary>
    public double Whole => Measure([.. Enumerable.Range(0, Units)]);

    /// <summary>Of the predictions of a run on a task; null where there are none.</summary>
    /// <exception cref="IOException">A prediction or answer is none of the task's.</exception>
    public static ExampleSample? Of(TaskDeclaration task, IReadOnlyList<SavedPrediction> predictions)
    {
        if (predictions.Count == 0) return null;
        TaskOutcome outcome = OutcomeOf(task, predictions);
        TaskMetric metric = task.Metrics[0];
        double[]? values = metric switch
        {
            TaskMetric.Accuracy => [.. predictions.Select(static one => one.Score)],
            TaskMetric.ExactMatch or TaskMetric.TokenF1 => [.. predictions.Select(one => ExampleValue(metric, one))],
            _ => null,
        };
        int[][] units = predictions.All(static one => one.Group is not null)
            ? [.. Enumerable.Range(0, predictions.Count).GroupBy(i => predictions[i].Group)
                .Select(static group => group.ToArray())]
            : [.. Enumerable.Range(0, predictions.Count).Select(static i => new[] { i })];
        return new ExampleSample(metric, outcome, values, units, IdentityOf(task, predictions));
    }

    /// <summary>The metric over drawn units.</summary>
    public double Measure(int[] drawn)
    {
        if (_values is not null)
        {
            double sum = 0;
            int count = 0;
            foreach (int unit in drawn)
            {
                foreach (int i in _units[unit]) sum += _values[i];
                count += _units[unit].Length;
            }
            return sum / count;
        }
        int[] examples = [.. drawn.SelectMany(unit => _units[unit])];
        TaskOutcome outcome = new()
        {
            Predicted = Array.ConvertAll(examples, i => _outcome.Predicted[i]),
            Actual = Array.ConvertAll(examples, i => _outcome.Actual[i]),
            PredictedScores = _outcome.PredictedScores is { } predicted
                ? Array.ConvertAll(examples, i => predicted[i])
                : null,
            ActualScores = _outcome.ActualScores is { } actual ? Array.ConvertAll(examples, i => actual[i]) : null,
            // A question that is drawn twice is two questions.
            Groups = _metric == TaskMetric.QuestionExactMatch
                ? [
                    .. drawn.SelectMany(
                        (unit, place) => _units[unit].Select(_ => place.ToString(CultureInfo.InvariantCulture)))]
                : null,
        };
        return outcome.Measure(_metric).Value;
    }

    private static double ExampleValue(TaskMetric metric, SavedPrediction one)
    {
        IReadOnlyList<string> answers = one.Answers ?? [one.Target];
        return metric == TaskMetric.ExactMatch
            ? AnswerMetrics.ExactMatch(one.Predicted, answers)
            : AnswerMetrics.TokenF1(one.Predicted, answers);
    }

    private static TaskOutcome OutcomeOf(TaskDeclaration task, IReadOnlyList<SavedPrediction> predictions)
    {
        if (task.Kind == TaskKind.Scores)
        {
            return new TaskOutcome
            {
                Predicted = [.. predictions.Select(static _ => 0)],
                Actual = [.. predictions.Select(static _ => 0)],
                PredictedScores = [.. predictions.Select(static one => one.Score)],
                ActualScores = [.. predictions.Select(one => TaskScale.Parse(one.Target)
                    ?? throw new IOException(
                        $"the predictions of the task '{task.Name}' have the target '{one.Target}', expected a "
                            + $"number"))],
            };
        }
        string[] words = [.. task.Labels.Select(static label => label.Word)];
        return new TaskOutcome
        {
            Predicted = [.. predictions.Select(one => Array.IndexOf(words, one.Predicted))],
            Actual = [
                .. predictions.Select(
                    one => task.Kind == TaskKind.Candidates
                        ? 0
                        : Array.IndexOf(words, one.Target) is >= 0 and var place ? place
                : throw new IOException(
                    $"the predictions of the task '{task.Name}' have the target '{one.Target}', expected one of "
                        + $"{string.Join(", ", words)}"))],
        };
    }

    private static ulong IdentityOf(TaskDeclaration task, IReadOnlyList<SavedPrediction> predictions)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(task.Name));
        foreach (SavedPrediction one in predictions)
            hash.AppendData(Encoding.UTF8.GetBytes($"\0{one.Index}\0{one.Input}\0{one.Target}"));
        return BitConverter.ToUInt64(hash.GetCurrentHash());
    }
}
