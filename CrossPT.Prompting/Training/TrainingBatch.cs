using CrossPT.Transformer;

namespace CrossPT.Prompting.Training;

/// <summary>Examples that go through the model together.</summary>
/// <param name="Tasks">Place of the task of each, B.</param>
/// <param name="Inputs">What the encoder reads.</param>
/// <param name="Targets">What the decoder is to say.</param>
internal sealed record TrainingBatch(int[] Tasks, PromptedBatch Inputs, TargetBatch Targets)
{
    /// <summary>Adds the label tokens' losses to those of their tasks.</summary>
    public void AddLosses(double[] rowLosses, double[] sums, int[] tokens)
    {
        for (int i = 0; i < Tasks.Length; i++)
        {
            for (int row = Targets.Sequences[i]; row < Targets.Sequences[i + 1]; row++)
                sums[Tasks[i]] += rowLosses[row];
            tokens[Tasks[i]] += Targets.Sequences.LengthOf(i);
        }
    }
}
