namespace CrossPT.Prompting.Routing;

/// <summary>What decides how much of each source prompt is taken.</summary>
public enum RouterKind
{
    /// <summary>Nothing: there are no source prompts.</summary>
    None,

    /// <summary>Logits of each task, the same for all its examples.</summary>
    Task,

    /// <summary>Every source prompt alike, untrained.</summary>
    Uniform,

    /// <summary>ATTEMPT's attention of each example, its weights shared by all tasks.</summary>
    Attempt,
}

/// <summary>What the logits of a task start from.</summary>
public enum RouterStart
{
    /// <summary>Zeros: every source prompt alike.</summary>
    Zero,

    /// <summary><see cref="RouterSettings.Bias"/> for the source prompt that has the task's own name, else 0.</summary>
    Bias,

    /// <summary>z_s = −min(loss_s − min loss, 4), loss_s that of the frozen model behind source prompt s alone, on the task's training examples.</summary>
    Evidence,

    /// <summary>A saved <c>router.json</c>.</summary>
    File,
}

/// <summary>How logits become scores, and what differs between training and evaluation.</summary>
public enum RouterMode
{
    /// <summary>softmax(z / τ) in both, without noise.</summary>
    ConsistentSoftmax,

    /// <summary>Training: a relaxed Bernoulli sample of z, or σ(z) without sampling; evaluation: σ(z). One normaliser for both.</summary>
    ConsistentSigmoid,

    /// <summary>The authors' snapshot of March 2024: training normalises a relaxed Bernoulli sample, evaluation the raw logits.</summary>
    Faithful,
}

/// <summary>What makes weights of scores y, after the choice of columns.</summary>
public enum RouterNormaliser
{
    /// <summary>softmax(y).</summary>
    Softmax,

    /// <summary>σ(y).</summary>
    Sigmoid,

    /// <summary>y / Σ y.</summary>
    Sum,

    /// <summary>1 at the largest, else 0; no gradient.</summary>
    Max,

    /// <summary>y itself.</summary>
    None,
}

/// <summary>How the temperature goes over the steps.</summary>
public enum TemperatureSchedule
{
    /// <summary>It stays.</summary>
    Constant,

    /// <summary>max(τ_min, τ₀ − r·step).</summary>
    Linear,

    /// <summary>max(τ_min, τ₀·e^(−r·step)).</summary>
    Exponential,
}

/// <summary>The router of a run.</summary>
public sealed record RouterSettings
{
    /// <summary>What decides.</summary>
    public RouterKind Kind { get; init; } = RouterKind.Task;

    /// <summary>How logits become scores.</summary>
    public RouterMode Mode { get; init; }

    /// <summary>What the logits start from.</summary>
    public RouterStart Start { get; init; }

    /// <summary>The logit of the task's own source prompt, with <see cref="RouterStart.Bias"/>.</summary>
    public double Bias { get; init; } = 1;

    /// <summary>The saved router, with <see cref="RouterStart.File"/>.</summary>
    public string? File { get; init; }

    /// <summary>Whether the logits are trained.</summary>
    public bool Trained { get; init; } = true;

    /// <summary>
    /// Whether training draws relaxed Bernoulli samples; null for what the mode has: yes in <see cref="RouterMode.Faithful"/>, else no. The softmax mode
    /// never does.
    /// </summary>
    public bool? Sampling { get; init; }

    /// <summary>Whether every row of a batch has its own sample, or every task one.</summary>
    public bool SamplePerRow { get; init; } = true;

    /// <summary>τ: of softmax(z / τ), or of the samples at the first step.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>How it goes over the steps; evaluation with <see cref="RouterMode.ConsistentSoftmax"/> uses the value of the last step.</summary>
    public TemperatureSchedule Schedule { get; init; }

    /// <summary>r of the schedule, a step.</summary>
    public double AnnealRate { get; init; } = 0.02;

    /// <summary>τ_min of the schedule.</summary>
    public double TemperatureFloor { get; init; } = 0.001;

    /// <summary>What makes weights of the scores; null for what the mode has: softmax, or none after a sigmoid.</summary>
    public RouterNormaliser? Normaliser { get; init; }

    /// <summary>The same in evaluation, where the mode is <see cref="RouterMode.Faithful"/>; null for softmax.</summary>
    public RouterNormaliser? EvaluationNormaliser { get; init; }

    /// <summary>Columns chosen by the largest scores; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>Scores below it count nothing; null for no threshold.</summary>
    public double? Threshold { get; init; }

    /// <summary>Width of ATTEMPT's bottleneck.</summary>
    public int Bottleneck { get; init; } = 100;

    /// <summary>τ of ATTEMPT's scores; null for H·e, which its configurations have (2087 at H = 768).</summary>
    public double? AttemptTemperature { get; init; }
}
