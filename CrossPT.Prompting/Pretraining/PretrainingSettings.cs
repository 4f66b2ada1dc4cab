using System.ComponentModel.DataAnnotations;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Pretraining;

/// <summary>How a model is pretrained: AdamW, warm-up and linear decay, the gradient clipped as a whole.</summary>
public sealed record PretrainingSettings
{
    /// <summary>Updates.</summary>
    [Range(1, 1 << 30)]
    public int Steps { get; set; } = 10_000;

    /// <summary>Examples of a step, B.</summary>
    [Range(1, RunConfiguration.Largest)]
    public int Batch { get; set; } = 64;

    /// <summary>Learning rate after the warm-up.</summary>
    [Range(0, 1e3)]
    public double LearningRate { get; set; } = 1e-3;

    /// <summary>Share of the steps over which the learning rate rises from 0.</summary>
    [Range(0.0, 1.0)]
    public double Warmup { get; set; } = 0.02;

    /// <summary>What share of the learning rate it falls to over the rest; 1 keeps it.</summary>
    [Range(0.0, 1.0)]
    public double DecayTo { get; set; }

    /// <summary>Largest norm of the gradient of all weights together; 0 does not clip.</summary>
    [Range(0, 1e6)]
    public double Clip { get; set; } = 1;

    /// <summary>Decoupled weight decay.</summary>
    [Range(0, 1e3)]
    public double WeightDecay { get; set; }

    /// <summary>Steps from one checkpoint to the next; interrupted, a run writes one besides.</summary>
    [Range(1, 1 << 30)]
    public int CheckpointEvery { get; set; } = 500;
}
