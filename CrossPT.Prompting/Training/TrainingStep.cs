namespace CrossPT.Prompting.Training;

/// <summary>What one step came to.</summary>
/// <param name="Number">Counted from 1.</param>
/// <param name="Loss">Mean cross-entropy of the batch's label tokens, before the step's update.</param>
/// <param name="Seconds">Wall time of all of it.</param>
/// <param name="Tokens">Encoder rows of the batch: prompts and texts, no padding.</param>
/// <param name="LearningRates">Learning rate of each role at this update, after the schedule.</param>
/// <param name="ReservedBytes">Memory the back end holds after the step, where it says.</param>
public sealed record TrainingStep(
    int Number, double Loss, double Seconds, int Tokens, IReadOnlyDictionary<ParameterRole, double> LearningRates, long? ReservedBytes)
{
    /// <summary>Encoder rows a second.</summary>
    public double TokensPerSecond => Tokens / Seconds;
}
