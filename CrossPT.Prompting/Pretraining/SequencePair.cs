namespace CrossPT.Prompting.Pretraining;

/// <summary>What a model reads and what it is to write, each with its end of sequence.</summary>
/// <param name="Source">T token ids.</param>
/// <param name="Target">U token ids.</param>
public sealed record SequencePair(int[] Source, int[] Target);
