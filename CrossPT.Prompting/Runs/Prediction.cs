using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Runs;

/// <summary>What a run says of one row.</summary>
/// <param name="Label">The likeliest label as the data spells it, <c>0</c>, or the likeliest candidate.</param>
/// <param name="Word">Its word, <c>entailment</c>; a candidate is its own.</param>
/// <param name="Probability">Its probability among the task's labels.</param>
/// <param name="Scores">Probabilities of all labels by word, in the task's order.</param>
public sealed record Prediction(
    string Label, string Word, double Probability, IReadOnlyList<(string Word, double Probability)> Scores)
{
    /// <summary>
    /// What the text's prompt takes of each source prompt and, last, of the task's own, where the router reads the text
    /// (ATTEMPT); otherwise empty. Only a <see cref="Serving.PromptServer"/> tells it.
    /// </summary>
    public IReadOnlyList<(string Source, double Weight)> Router { get; init; } = [];

    internal static Prediction Of(TaskDeclaration task, IReadOnlyList<string>? candidates, double[] logLikelihoods)
    {
        double[] probabilities = LabelRanking.Probabilities(logLikelihoods);
        int best = LabelRanking.Best(logLikelihoods);
        IEnumerable<string> words = candidates ?? task.Labels.Select(static label => label.Word);
        (string Word, double Probability)[] scores = [.. words.Zip(probabilities)];
        return new Prediction(
            candidates is null ? task.Labels[best].Value : candidates[best], scores[best].Word, probabilities[best],
            scores);
    }
}
