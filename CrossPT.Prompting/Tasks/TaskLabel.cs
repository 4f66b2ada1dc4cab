namespace CrossPT.Prompting.Tasks;

/// <summary>A label of a task.</summary>
/// <param name="Value">As the data spells it: <c>0</c>, or <c>positive</c>.</param>
/// <param name="Word">As the model is to write it: <c>entailment</c>.</param>
public sealed record TaskLabel(string Value, string Word);
