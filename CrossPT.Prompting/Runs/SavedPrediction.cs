namespace CrossPT.Prompting.Runs;

/// <summary>What a run answered to one test example.</summary>
/// <param name="Task">The task.</param>
/// <param name="Index">Place of the example among the task's, from 0.</param>
/// <param name="Input">The example's text, its beginning.</param>
/// <param name="Target">The right label word; of scores, the number as the data has it; of candidates, the first right
/// answer.</param>
/// <param name="Predicted">What was predicted in its place; of greedy decoding, what was written where that is none of
/// the labels.</param>
/// <param name="Score">1 where it is right, 0 where it is not; of scores, the number predicted.</param>
public sealed record SavedPrediction(
    string Task, int Index, string Input, string Target, string Predicted, double Score)
{
    /// <summary>Probabilities by label word or candidate; empty for greedy decoding.</summary>
    public IReadOnlyList<(string Word, double Probability)> Scores { get; init; } = [];

    /// <summary>All right answers of candidates; null elsewhere.</summary>
    public IReadOnlyList<string>? Answers { get; init; }

    /// <summary>What the examples of one question share; null where the example stands alone.</summary>
    public string? Group { get; init; }
}
