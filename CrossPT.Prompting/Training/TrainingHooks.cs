namespace CrossPT.Prompting.Training;

/// <summary>What a run of the trainer tells its caller, and asks of it.</summary>
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
