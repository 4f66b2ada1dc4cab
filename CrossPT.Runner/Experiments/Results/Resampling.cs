using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tasks;
using CrossPT.Tensors;

namespace CrossPT.Runner.Experiments.Results;

/// <summary>
/// Bootstrap over test examples and seeds. In every draw the test examples are drawn again with repetition, the same
/// ones for all runs that were measured on the same examples, so that differences of runs are paired; then the seeds
/// are drawn again (van der Leeden et al. 2008, crossed units).
/// </summary>
/// <remarks>
/// A seed drawn twice counts twice with the same examples, which makes the interval rather too wide than too narrow.
/// </remarks>
internal sealed class Resampling
{
    /// <summary>Draws.</summary>
    public const int Draws = 1000;

    private const ulong Seed = 20250911;

    private readonly Dictionary<(ResultRun, string), (ulong? Rows, double[]? Values)> _known = [];

    /// <summary>
    /// The first metric of a run's task in every draw of the examples; null where its predictions were not kept.
    /// </summary>
    /// <exception cref="IOException">The predictions do not fit the metrics; the message names the file.</exception>
    public double[]? Of(ResultRun run, string task) => Known(run, task).Values;

    /// <summary>
    /// The same number for runs that were measured on the same examples of a task; null where its predictions were not
    /// kept.
    /// </summary>
    /// <exception cref="IOException">The predictions do not fit the metrics; the message names the file.</exception>
    public ulong? RowsOf(ResultRun run, string task) => Known(run, task).Rows;

    private (ulong? Rows, double[]? Values) Known(ResultRun run, string task)
    {
        if (_known.TryGetValue((run, task), out (ulong? Rows, double[]? Values) known)) return known;
        TaskDeclaration? declaration = run.Record?.Tasks.FirstOrDefault(one => one.Name == task);
        if (declaration is not null && run.Score(task) is { } score)
        {
            try
            {
                ExampleSample? sample = ExampleSample.Of(declaration, [.. run.Predictions[task]]);
                known = (sample?.Identity, Draw(sample, score));
            }
            catch (IOException error)
            {
                if (error.Message.StartsWith(run.Folder, StringComparison.Ordinal)) throw;
                throw new IOException($"{Path.Combine(run.Folder, RunFolder.PredictionsName)}: {error.Message}", error);
            }
        }
        return _known[(run, task)] = known;
    }

    /// <summary>
    /// Interval of the mean over the runs' values, runs and examples drawn. Without draws of the examples, over the
    /// runs alone; null where there is nothing to draw.
    /// </summary>
    /// <param name="values">Of each unit, a run or a pair of runs, the value in every draw of the examples; or one
    /// value where they were not kept.</param>
    public static Interval? IntervalOf(IReadOnlyList<double[]> values)
    {
        if (values.Count == 0 || (values.Count == 1 && values[0].Length == 1)) return null;
        CounterRandom random = new(Seed, 1);
        double[] means = new double[Draws];
        for (int draw = 0; draw < Draws; draw++)
        {
            double sum = 0;
            for (int i = 0; i < values.Count; i++)
            {
                double[] drawn = values[values.Count == 1 ? 0 : random.NextInt32(values.Count)];
                sum += drawn[drawn.Length == 1 ? 0 : draw];
            }
            means[draw] = sum / values.Count;
        }
        return Interval.OfDraws(means);
    }

    private static double[]? Draw(ExampleSample? sample, TaskScore score)
    {
        if (sample is null) return null;
        if (Math.Abs(sample.Whole - score.Value) > 1e-6)
            throw new IOException(
                $"the predictions of the task '{score.Task}' give {score.Metric} {sample.Whole:R}, expected "
                    + $"{score.Value:R} as the metrics have it");
        // The stream is the examples' own: who is measured on the same ones is drawn the same.
        CounterRandom random = new(Seed, sample.Identity);
        double[] values = new double[Draws];
        int[] drawn = new int[sample.Units];
        for (int draw = 0; draw < Draws; draw++)
        {
            for (int i = 0; i < drawn.Length; i++) drawn[i] = random.NextInt32(drawn.Length);
            values[draw] = sample.Measure(drawn);
        }
        return values;
    }
}

/// <summary>An interval of confidence.</summary>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>Share of draws that it holds.</summary>
    public const double Confidence = 0.95;

    /// <summary>The percentile interval of bootstrap draws, which are sorted in place.</summary>
    public static Interval OfDraws(double[] draws)
    {
        (double low, double high) = SampleStatistics.PercentileInterval(draws, Confidence);
        return new Interval(low, high);
    }
}

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
