using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tasks;
using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report.Data;

/// <summary>What was predicted for the examples of each right label, over all seeds of a setting.</summary>
/// <param name="Task">The task.</param>
/// <param name="Labels">Right labels.</param>
/// <param name="Predicted">Predicted ones: the same, and <see cref="None"/> where greedy decoding wrote none of them.</param>
/// <param name="Shares">[right, predicted]: share of the examples of the right label; null where it has none.</param>
/// <param name="Examples">Examples of all seeds.</param>
internal sealed record ConfusionData(string Task, IReadOnlyList<string> Labels, IReadOnlyList<string> Predicted, double?[,] Shares, int Examples)
{
    /// <summary>Labels beyond which a matrix says nothing any more.</summary>
    private const int Most = 12;

    public const string None = "none of them";

    /// <summary>Of a row and a task; null where the task has no labels, or too many, or the predictions were not kept.</summary>
    public static ConfusionData? Of(ResultRow row, string task)
    {
        ResultRun[] runs = [.. row.Runs.Where(run => run.IsFinished && run.Predictions[task].Any())];
        TaskDeclaration? declaration = runs.FirstOrDefault()?.Record?.Tasks.FirstOrDefault(one => one.Name == task);
        if (declaration is not { Kind: TaskKind.Labels } || declaration.Labels.Count > Most) return null;
        string[] labels = [.. declaration.Labels.Select(static label => label.Word)];
        int[,] counts = new int[labels.Length, labels.Length + 1];
        foreach (SavedPrediction one in runs.SelectMany(run => run.Predictions[task]))
        {
            int right = Array.IndexOf(labels, one.Target), predicted = Array.IndexOf(labels, one.Predicted);
            if (right >= 0) counts[right, predicted < 0 ? labels.Length : predicted]++;
        }
        bool none = Enumerable.Range(0, labels.Length).Any(right => counts[right, labels.Length] > 0);
        string[] columns = none ? [.. labels, None] : labels;
        double?[,] shares = new double?[labels.Length, columns.Length];
        int total = 0;
        for (int right = 0; right < labels.Length; right++)
        {
            int sum = Enumerable.Range(0, labels.Length + 1).Sum(predicted => counts[right, predicted]);
            total += sum;
            for (int predicted = 0; sum > 0 && predicted < columns.Length; predicted++) shares[right, predicted] = counts[right, predicted] / (double)sum;
        }
        return total == 0 ? null : new ConfusionData(task, labels, columns, shares, total);
    }
}
