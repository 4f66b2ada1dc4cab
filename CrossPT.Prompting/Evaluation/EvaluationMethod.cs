namespace CrossPT.Prompting.Evaluation;

/// <summary>How predictions come about.</summary>
public enum EvaluationMethod
{
    /// <summary>The likeliest label word or candidate: every prediction is one.</summary>
    Ranked,

    /// <summary>
    /// The text that greedy decoding writes: a label word or candidate letter by letter, spaces at its ends apart, or
    /// else no prediction; of a score, a number, or else −1.
    /// </summary>
    Greedy,
}
