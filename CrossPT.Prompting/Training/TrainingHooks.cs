using CrossPT.Prompting.Prompts;

namespace CrossPT.Prompting.Training;

/// <summary>The trainer's callbacks.</summary>
public sealed record TrainingHooks
{
    /// <summary>Called after every step.</summary>
    public Action<TrainingStep>? Progress { get; init; }

    /// <summary>
    /// How good the prompts are now, on validation examples: more is better. Needed where
    /// <see cref="TrainingSettings.EvaluateEvery"/> is set.
    /// </summary>
    public Func<CancellationToken, double>? Evaluate { get; init; }

    /// <summary>Called after every evaluation.</summary>
    public Action<TrainingEvaluation>? Evaluated { get; init; }

    /// <summary>The folder of checkpoints; null writes none.</summary>
    public string? CheckpointFolder { get; init; }
}

/// <summary>The results of one step.</summary>
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

/// <summary>An evaluation in the course of training.</summary>
/// <param name="Step">Finished steps.</param>
/// <param name="Score">The caller's score; more is better.</param>
/// <param name="IsBest">Whether it is above all before it.</param>
public sealed record TrainingEvaluation(int Step, double Score, bool IsBest);

/// <summary>
/// A loss or a gradient is not a finite number. The prompts are back at the last values whose loss was finite.
/// </summary>
public sealed class TrainingDivergedException : Exception
{
    /// <summary>Divergence at a step.</summary>
    /// <param name="step">The step, counted from 1.</param>
    /// <param name="what">What was not finite.</param>
    public TrainingDivergedException(int step, string what)
        : base(
            $"training diverged at step {step}: {what}; the prompts are as they were before. A lower "
                + $"training.learningRate may help") => Step = step;

    /// <summary>The step, counted from 1.</summary>
    public int Step { get; }
}
