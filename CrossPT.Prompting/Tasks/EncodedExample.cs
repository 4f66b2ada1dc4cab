namespace CrossPT.Prompting.Tasks;

/// <summary>An example as token ids: a text and the answer that a model is to write after it.</summary>
/// <param name="Source">Token ids of the text [T], end of sequence included, without the prompt.</param>
/// <param name="Target">
/// Token ids of the right label word or of a right candidate [U], end of sequence included.
/// </param>
/// <param name="Label">Place of the right label, or of a right candidate.</param>
public sealed record EncodedExample(int[] Source, int[] Target, int Label = 0)
{
    /// <summary>Token ids of each candidate, end of sequence included; null where the task has labels.</summary>
    public IReadOnlyList<int[]>? Candidates { get; init; }

    /// <summary>The example it was encoded from: its score, answers and question, which metrics ask for.</summary>
    public Example? Example { get; init; }
}
