using CrossPT.Prompting.Prompts;


namespace CrossPT.Prompting.Training;

/// <summary>What one step came to.</summary>
/// <param name="Number">Counted from 1.</param>
/// <param name="Loss">Mean cross-entropy of the batch's label tokens, before the step's update; with a batch of every
/// task, the mean of the tasks' means.</param>
/// <param name="Seconds">Wall time of all of it.</param>
/// <param name="Tokens">Encoder rows of the batch: prompts and texts, no padding.</param>
/// <param name="LearningRates">Learning rate of each role at this update, after the schedule.</param>
/// <param name="ReservedBytes">Memory the back end has taken from the system, where it says; grows until the largest
/// batch has been seen.</param>
/// <param name="UsedBytes">What of it is in use after the step: no more after the last than after the first, for
/// nothing of a step outlives it but the position bias of the longest example so far.</param>
public sealed record TrainingStep(
    int Number, double Loss, double Seconds, int Tokens, IReadOnlyDictionary<ParameterRole, double> LearningRates,
    long? ReservedBytes, long? UsedBytes)
{
    /// <summary>Mean cross-entropy of each task's label tokens, of those tasks that had some.</summary>
    public IReadOnlyDictionary<string, double> TaskLosses { get; init; } = new Dictionary<string, double>();

    /// <summary>Encoder rows a second.</summary>
    public double TokensPerSecond => Tokens / Seconds;
}
