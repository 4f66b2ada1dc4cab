namespace CrossPT.Prompting.Training;

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
