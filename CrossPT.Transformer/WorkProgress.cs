namespace CrossPT.Transformer;

/// <summary>
/// How far a piece of work is that takes long: loading, encoding, evaluating. Reported from any thread.
/// </summary>
/// <param name="Work">What is being done.</param>
/// <param name="Done">How much of it is done.</param>
/// <param name="Total">How much there is; 0 where that is not known.</param>
/// <param name="Unit">What is counted, in the plural; <c>B</c> for bytes.</param>
public readonly record struct WorkProgress(string Work, long Done, long Total, string Unit);
