using System.Text.Json.Serialization;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Tasks.Reading;

namespace CrossPT.Prompting.Tasks;

/// <summary>What is measured of a task.</summary>
public enum TaskMetric
{
    /// <summary>Share of right labels.</summary>
    Accuracy,

    /// <summary>
    /// F1 of the second of two labels: 2·TP / (2·TP + FP + FN). What is no label counts as the wrong one.
    /// </summary>
    F1,

    /// <summary>Mean of the F1 of every label that is predicted or right somewhere.</summary>
    [JsonStringEnumMemberName("macro_f1")]
    MacroF1,

    /// <summary>Matthews correlation, −1 to 1, of any number of labels (Gorodkin 2004).</summary>
    Matthews,

    /// <summary>Pearson correlation of scores, −1 to 1.</summary>
    Pearson,

    /// <summary>
    /// Spearman correlation of scores, −1 to 1: Pearson's of their ranks, equal ones at their mean rank.
    /// </summary>
    Spearman,

    /// <summary>Share of answers that are one of the right ones, after SQuAD's normalisation.</summary>
    [JsonStringEnumMemberName("exact_match")]
    ExactMatch,

    /// <summary>F1 of the words of an answer and the right one it fits best, mean over the answers.</summary>
    [JsonStringEnumMemberName("token_f1")]
    TokenF1,

    /// <summary>MultiRC's F1a: F1 over all rows of all questions.</summary>
    [JsonStringEnumMemberName("f1a")]
    F1OverAnswers,

    /// <summary>MultiRC's EM: share of questions all of whose rows are right.</summary>
    [JsonStringEnumMemberName("question_em")]
    QuestionExactMatch,

    /// <summary>Mean of the F1 of every label, weighted by how often it is right.</summary>
    [JsonStringEnumMemberName("weighted_f1")]
    WeightedF1,

    /// <summary>Root of the mean squared error of scores, in their unit; less is better.</summary>
    [JsonStringEnumMemberName("rmse")]
    RootMeanSquaredError,

    /// <summary>Mean absolute error of scores, in their unit; less is better.</summary>
    [JsonStringEnumMemberName("mae")]
    MeanAbsoluteError,
}

/// <summary>Names of metrics, and the values of those that labels are all there is to.</summary>
public static class TaskMetrics
{
    private static readonly string[] s_names = Setting.NamesOf(ConfigurationTypes.Default.TaskMetric);

    /// <summary>Names of all metrics, as declarations and results write them.</summary>
    public static ReadOnlySpan<string> Names => s_names;

    /// <summary>The name of a metric.</summary>
    public static string NameOf(TaskMetric metric) => s_names[(int)metric];

    /// <summary>Whether a metric is an error, in the unit of the scores, of which less is better.</summary>
    public static bool IsError(TaskMetric metric) =>
        metric is TaskMetric.RootMeanSquaredError or TaskMetric.MeanAbsoluteError;

    /// <summary>The value of a metric of labels: accuracy, F1, macro F1, Matthews correlation.</summary>
    /// <param name="metric">The metric.</param>
    /// <param name="predicted">Predicted labels by place; −1 for what is no label.</param>
    /// <param name="actual">Right labels by place.</param>
    /// <exception cref="ArgumentException">There is nothing to measure, the counts differ, or the metric needs more
    /// than labels.</exception>
    public static double Value(TaskMetric metric, ReadOnlySpan<int> predicted, ReadOnlySpan<int> actual) =>
        new TaskOutcome { Predicted = predicted.ToArray(), Actual = actual.ToArray() }.Measure(metric).Value;

    /// <summary>Metrics of tasks whose declaration names none.</summary>
    internal static IReadOnlyList<TaskMetric> DefaultsOf(TaskKind kind) => kind switch
    {
        TaskKind.Scores =>
        [
            TaskMetric.Pearson, TaskMetric.Spearman, TaskMetric.RootMeanSquaredError, TaskMetric.MeanAbsoluteError,
        ],
        TaskKind.Candidates => [TaskMetric.ExactMatch],
        _ => [TaskMetric.Accuracy],
    };

    internal static TaskMetric Parse(string name) => (TaskMetric)Array.IndexOf(s_names, name);

    /// <summary>The requirement of a metric that a task does not meet; null where they fit.</summary>
    internal static string? Misfit(TaskMetric metric, TaskDeclaration task)
    {
        TaskKind kind = metric switch
        {
            TaskMetric.Pearson or TaskMetric.Spearman => TaskKind.Scores,
            TaskMetric.RootMeanSquaredError or TaskMetric.MeanAbsoluteError => TaskKind.Scores,
            TaskMetric.ExactMatch or TaskMetric.TokenF1 => TaskKind.Candidates,
            _ => TaskKind.Labels,
        };
        if (task.Kind != kind)
        {
            return task.Kind switch
            {
                TaskKind.Scores => "a metric of scores: pearson, spearman, rmse, mae",
                TaskKind.Candidates => "a metric of candidates: exact_match, token_f1",
                _ => "a metric of labels",
            };
        }
        if (metric is TaskMetric.F1 or TaskMetric.F1OverAnswers && task.Labels.Count != 2)
            return $"a metric of {task.Labels.Count} labels: f1 is one of two";
        bool hasQuestions = task.GroupField is not null || task.Transform == RowTransform.MultiRc;
        return metric == TaskMetric.QuestionExactMatch && !hasQuestions
            ? "a \"group\" beside it, the field that rows of one question share"
            : null;
    }
}
