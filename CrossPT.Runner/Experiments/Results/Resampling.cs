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
    /// Interval of the mean over runs of what <paramref name="value"/> makes of each in a draw. Without draws of the
    /// examples, over the runs alone; null where there is nothing to draw.
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
