namespace CrossPT.Prompting.Pretraining;

/// <summary>How a model is pretrained: AdamW, warm-up and linear decay, the gradient clipped as a whole.</summary>
public sealed record PretrainingSettings
{
    /// <summary>Updates.</summary>
    /// <value>The default is 10000.</value>
    public int Steps { get; init; } = 10_000;

    /// <summary>Examples of a step, B.</summary>
    /// <value>The default is 64.</value>
    public int Batch { get; init; } = 64;

    /// <summary>Learning rate after the warm-up.</summary>
    /// <value>The default is 0.001.</value>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Share of the steps over which the learning rate rises from 0.</summary>
    /// <value>The default is 0.02.</value>
    public double Warmup { get; init; } = 0.02;

    /// <summary>What share of the learning rate it falls to over the rest; 1 keeps it.</summary>
    /// <value>The default is 0.</value>
    public double DecayTo { get; init; }

    /// <summary>Largest norm of the gradient of all weights together; 0 does not clip.</summary>
    /// <value>The default is 1.</value>
    public double Clip { get; init; } = 1;

    /// <summary>Decoupled weight decay.</summary>
    /// <value>The default is 0.</value>
    public double WeightDecay { get; init; }

    /// <summary>Steps from one checkpoint to the next; interrupted, a run writes one besides.</summary>
    /// <value>The default is 500.</value>
    public int CheckpointEvery { get; init; } = 500;
}
