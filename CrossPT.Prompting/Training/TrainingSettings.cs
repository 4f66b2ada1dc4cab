using CrossPT.Prompting.Composition;

namespace CrossPT.Prompting.Training;

/// <summary>How prompts are trained: AdamW, warm-up and linear decay, gradients clipped prompt by prompt.</summary>
public sealed record TrainingSettings
{
    /// <summary>Updates.</summary>
    /// <value>The default is 400.</value>
    public int Steps { get; init; } = 400;

    /// <summary>Examples of a step, of all tasks together, B.</summary>
    /// <value>The default is 16.</value>
    public int Batch { get; init; } = 16;

    /// <summary>Learning rate of private prompts.</summary>
    /// <value>The default is 0.3.</value>
    public double PrivateLearningRate { get; init; } = 0.3;

    /// <summary>Learning rate of the router.</summary>
    /// <value>The default is 0.1.</value>
    public double RouterLearningRate { get; init; } = 0.1;

    /// <summary>Share of the steps over which the learning rates rise from 0; over the rest they fall to 0.</summary>
    /// <value>The default is 0.2.</value>
    public double Warmup { get; init; } = 0.2;

    /// <summary>Largest norm of the gradient of each prompt, and of the router; 0 does not clip.</summary>
    /// <value>The default is 1. By itself each: a norm over all would let one task's outlier slow the others.</value>
    public double Clip { get; init; } = 1;

    /// <summary>Decoupled weight decay.</summary>
    /// <value>The default is 0.</value>
    public double WeightDecay { get; init; }

    /// <summary>Learning rate of a role before the schedule.</summary>
    public double LearningRate(ParameterRole role) => role == ParameterRole.Router ? RouterLearningRate : PrivateLearningRate;
}
