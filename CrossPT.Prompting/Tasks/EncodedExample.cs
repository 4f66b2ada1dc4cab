namespace CrossPT.Prompting.Tasks;

/// <summary>An example as a model reads it.</summary>
/// <param name="Source">Token ids of the text, end of sequence included, without the prompt.</param>
/// <param name="Target">Token ids of the right label word or of a right candidate, end of sequence included.</param>
/// <param name="Label">Place of the right label, or of a right candidate.</param>
public sealed record EncodedExample(int[] Source, int[] Target, int Label)
{
    /// <summary>Token ids of each candidate, end of sequence included; null where the task has labels.</summary>
    public IReadOnlyList<int[]>? Candidates { get; init; }

    /// <summary>The row it comes from: its score, answers and question, which metrics ask for.</summary>
    public TaskExample? Example { get; init; }
}
