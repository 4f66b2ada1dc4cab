namespace CrossPT.Prompting.Pretraining;

/// <summary>A loss or the gradient is not a finite number: the weights are as before the step.</summary>
public sealed class PretrainingDivergedException : Exception
{
    /// <summary>Divergence at a step.</summary>
    /// <param name="step">The step, counted from 1.</param>
    /// <param name="what">What was not finite.</param>
    public PretrainingDivergedException(int step, string what)
        : base(
            $"pretraining diverged at step {step}: {what}, expected a finite number; a lower training.learningRate "
                + $"may help") => Step = step;

    /// <summary>The step, counted from 1.</summary>
    public int Step { get; }
}
