using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Runs;

/// <summary>The prediction for one row.</summary>
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

/// <summary>The saved prediction for one test example.</summary>
/// <param name="Task">The task.</param>
/// <param name="Index">Place of the example among the task's, from 0.</param>
/// <param name="Input">The example's text, its beginning.</param>
/// <param name="Target">The right label word; of scores, the number as the data has it; of candidates, the first right
/// answer.</param>
/// <param name="Predicted">What was predicted in its place; of greedy decoding, what was written where that is none of
/// the labels.</param>
/// <param name="Score">1 where it is right, 0 where it is not; of scores, the number predicted.</param>
/// <param name="Scores">Probabilities by label word or candidate; null for greedy decoding.</param>
/// <param name="Answers">All right answers of candidates; null elsewhere.</param>
/// <param name="Group">Key shared by the examples of one question; null where the example stands alone.</param>
public sealed record SavedPrediction(
    string Task, int Index, string Input, string Target, string Predicted, double Score,
    IReadOnlyDictionary<string, double>? Scores = null, IReadOnlyList<string>? Answers = null, string? Group = null);
