using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Evaluation;

/// <summary>A metric's value.</summary>
/// <param name="Metric">The metric.</param>
/// <param name="Value">In 0 to 1; correlations in −1 to 1; errors in the unit of the scores.</param>
/// <param name="Remark">That it is not defined here and counts as 0; null where it is.</param>
public sealed record MetricValue(TaskMetric Metric, double Value, string? Remark);

/// <summary>Predictions and right answers: all that metrics depend on.</summary>
public sealed record TaskOutcome
{
    /// <summary>Predicted labels, or candidates, by place; −1 for a text that is none.</summary>
    public required IReadOnlyList<int> Predicted { get; init; }

    /// <summary>Right labels by place.</summary>
    public required IReadOnlyList<int> Actual { get; init; }

    /// <summary>Predicted scores, −1 for a text that is no number; null where the task has none.</summary>
    public IReadOnlyList<double>? PredictedScores { get; init; }

    /// <summary>Right scores as the data has them, not rounded.</summary>
    public IReadOnlyList<double>? ActualScores { get; init; }

    /// <summary>Answers as texts; null for labels and scores.</summary>
    public IReadOnlyList<string>? Texts { get; init; }

    /// <summary>The right answers of each example.</summary>
    public IReadOnlyList<IReadOnlyList<string>>? Answers { get; init; }

    /// <summary>Key shared by the examples of one question; null where they stand alone.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>Predictions that are no label, no number or none of the candidates.</summary>
    public int Invalid =>
        PredictedScores is null
            ? Predicted.Count(static one => one < 0)
            : PredictedScores.Count(static one => one == TaskScale.Unparsable);

    /// <summary>
    /// Whether all predictions are the same though the right answers are not: nothing of the texts shows in them.
    /// </summary>
    public bool Collapsed =>
        PredictedScores is not null && ActualScores is not null ? Constant(PredictedScores) && !Constant(ActualScores)
        : Texts is not null && Answers is not null ? Constant(Texts)
            && !Answers.Any(one => Answers.All(other => other.Intersect(one).Any()))
        : Constant(Predicted) && !Constant(Actual);

    /// <summary>The value of a metric.</summary>
    /// <exception cref="ArgumentException">There is nothing to measure, the counts differ, or the metric needs what is
    /// not here.</exception>
    public MetricValue Measure(TaskMetric metric)
    {
        if (Predicted.Count != Actual.Count || Predicted.Count == 0)
            throw new ArgumentException($"Metric: {Predicted.Count} predictions of {Actual.Count} labels.");
        int[] predicted = [.. Predicted], actual = [.. Actual];
        double? value = metric switch
        {
            TaskMetric.Accuracy => LabelMetrics.Accuracy(predicted, actual),
            TaskMetric.F1 or TaskMetric.F1OverAnswers => LabelMetrics.F1(predicted, actual),
            TaskMetric.MacroF1 => LabelMetrics.MacroF1(predicted, actual),
            TaskMetric.Matthews => LabelMetrics.Matthews(predicted, actual),
            TaskMetric.Pearson => Correlation.Pearson(Needed(PredictedScores, metric), Needed(ActualScores, metric)),
            TaskMetric.Spearman => Correlation.Spearman(Needed(PredictedScores, metric), Needed(ActualScores, metric)),
            TaskMetric.WeightedF1 => LabelMetrics.WeightedF1(predicted, actual),
            TaskMetric.RootMeanSquaredError => Math.Sqrt(Errors(metric).Average(static error => error * error)),
            TaskMetric.MeanAbsoluteError => Errors(metric).Average(Math.Abs),
            TaskMetric.ExactMatch => Needed(Texts, metric).Zip(Needed(Answers, metric), AnswerMetrics.ExactMatch)
                .Average(),
            TaskMetric.TokenF1 => Needed(Texts, metric).Zip(Needed(Answers, metric), AnswerMetrics.TokenF1).Average(),
            TaskMetric.QuestionExactMatch => LabelMetrics.WholeGroups(predicted, actual, Needed(Groups, metric)),
            _ => throw new ArgumentException($"Metric: {metric} is none."),
        };
        if (value is { } defined) return new MetricValue(metric, defined, null);
        return new MetricValue(
            metric, 0,
            $"{TaskMetrics.NameOf(metric)} is not defined where all predictions or all right answers are the same, "
                + $"and counts as 0");
    }

    /// <summary>
    /// The same examples, each answered with the most frequent right answer, or with the mean of the right scores: what
    /// is no better has learnt nothing.
    /// </summary>
    public TaskOutcome Majority()
    {
        int label = Actual.CountBy(static one => one).MaxBy(static one => (one.Value, -one.Key)).Key;
        string? text = Answers?.SelectMany(static one => one).CountBy(static one => one)
            .OrderByDescending(static one => one.Value).FirstOrDefault().Key;
        double? score = ActualScores?.Average();
        return this with
        {
            Predicted = [.. Actual.Select(_ => label)],
            PredictedScores = score is { } one ? [.. Actual.Select(_ => one)] : null,
            Texts = text is null ? null : [.. Actual.Select(_ => text)],
        };
    }

    private IEnumerable<double> Errors(TaskMetric metric) =>
        Needed(PredictedScores, metric).Zip(Needed(ActualScores, metric), static (own, right) => own - right);

    private static T[] Needed<T>(IReadOnlyList<T>? values, TaskMetric metric) =>
        values is not null
            ? [.. values]
            : throw new ArgumentException($"Metric: {TaskMetrics.NameOf(metric)} needs more than labels.");

    private static bool Constant<T>(IReadOnlyList<T> values) =>
        values.All(one => EqualityComparer<T>.Default.Equals(one, values[0]));
}
