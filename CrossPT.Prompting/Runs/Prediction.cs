using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Runs;

/// <summary>What a run says of one row.</summary>
/// <param name="Label">The likeliest label as the data spells it: <c>0</c>.</param>
/// <param name="Word">Its word: <c>entailment</c>.</param>
/// <param name="Probability">Its probability among the task's labels.</param>
/// <param name="Scores">Probabilities of all labels by word, in the task's order.</param>
public sealed record Prediction(string Label, string Word, double Probability, IReadOnlyList<(string Word, double Probability)> Scores)
{
    internal static Prediction Of(TaskDeclaration task, double[] logLikelihoods)
    {
        double[] probabilities = LabelRanking.Probabilities(logLikelihoods);
        int best = LabelRanking.Best(logLikelihoods);
        return new Prediction(
            task.Labels[best].Value, task.Labels[best].Word, probabilities[best], [.. task.Labels.Select((label, i) => (label.Word, probabilities[i]))]);
    }
}
