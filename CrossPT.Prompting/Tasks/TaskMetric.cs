namespace CrossPT.Prompting.Tasks;

/// <summary>What is measured of a classification.</summary>
public enum TaskMetric
{
    /// <summary>Share of right labels.</summary>
    Accuracy,

    /// <summary>F1 of the second of two labels: 2·TP / (2·TP + FP + FN).</summary>
    F1,
}

/// <summary>Names and values of metrics.</summary>
public static class TaskMetrics
{
    /// <summary>Names of all metrics, as declarations and results write them.</summary>
    public static ReadOnlySpan<string> Names => s_names;

    private static readonly string[] s_names = ["accuracy", "f1"];

    /// <summary>The name of a metric.</summary>
    public static string NameOf(TaskMetric metric) => s_names[(int)metric];

    /// <summary>The value of a metric, in 0 to 1.</summary>
    /// <param name="metric">The metric.</param>
    /// <param name="predicted">Predicted labels by place.</param>
    /// <param name="actual">Right labels by place.</param>
    /// <exception cref="ArgumentException">There is nothing to measure, or the counts differ.</exception>
    public static double Value(TaskMetric metric, ReadOnlySpan<int> predicted, ReadOnlySpan<int> actual)
    {
        if (predicted.Length != actual.Length || predicted.IsEmpty) throw new ArgumentException($"Metric: {predicted.Length} predictions of {actual.Length} labels.");
        int right = 0, both = 0, either = 0;
        for (int i = 0; i < predicted.Length; i++)
        {
            if (predicted[i] == actual[i]) right++;
            if (predicted[i] == 1 && actual[i] == 1) both++;
            either += (predicted[i] == 1 ? 1 : 0) + (actual[i] == 1 ? 1 : 0);
        }
        if (metric == TaskMetric.Accuracy) return (double)right / predicted.Length;
        // Neither predicted nor there: nothing was missed and nothing found, which scikit-learn counts as 0 too.
        return either == 0 ? 0 : 2.0 * both / either;
    }

    internal static TaskMetric Parse(string name) => (TaskMetric)Array.IndexOf(s_names, name);
}
